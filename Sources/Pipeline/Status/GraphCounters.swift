// SPDX-License-Identifier: Apache-2.0
import Core

/// Every way a frame can be dropped or skipped inside a graph; the names are those of `docs/design/queues.md`.
struct GraphCounters: Sendable {
    /// Pictures whose partner did not come in time.
    let pairMissed = Counter()
    /// Pairs overtaken by a newer one while the matcher was at work.
    let stereoSkipped = Counter()
    /// Pictures overtaken by a newer one while the network was at work.
    let networkSkipped = Counter()
    /// Results that had to use the depth of another exposure.
    let fusionStale = Counter()
    /// Frames given up because every buffer of a pool was in use.
    let poolExhausted = Counter()

    var byName: [String: Int] {
        [
            "pair_missed": pairMissed.current, "stereo_skipped": stereoSkipped.current, "nn_skipped": networkSkipped.current,
            "fusion_stale": fusionStale.current, "pool_exhausted": poolExhausted.current,
        ]
    }
}

/// Wall and CPU time of the stages of one graph.
struct GraphMeters: Sendable {
    let capture = StageMeter()
    let rectify = StageMeter()
    let stereo = StageMeter()
    let inference = StageMeter()
    let fusion = StageMeter()
    /// Whether the rectified rows meet.
    let alignment = RectificationMonitor()

    /// In the order of the frame's walk; stages that never ran are left out.
    var statuses: [StageStatus] {
        [("capture", capture), ("rectify", rectify), ("stereo", stereo), ("inference", inference), ("fusion", fusion)]
            .map { StageStatus(name: $0.0, figures: $0.1.snapshot) }
            .filter { $0.figures.count > 0 }
    }
}
