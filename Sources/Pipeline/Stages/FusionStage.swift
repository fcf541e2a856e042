// SPDX-License-Identifier: Apache-2.0
import Core
import Fusion

/// Steps 8 and 9 of the frame's walk: read the distance of every box off the depth picture, then follow the objects.
final class FusionStage: Sendable {
    private enum Event: Sendable {
        case detections(DetectionSet, depthIsComing: Bool)
        case depth(DepthResult)
    }

    private let mailbox = Mailbox<Event>(capacity: 4, onFull: .dropOldest)
    private let loop: StageLoop<Event>
    private let counters: GraphCounters

    /// A network in a camera may be a fifth of a second behind; half of a camera's buffers.
    private static let keptForLate = 6

    /// - Parameter isLate: whether detections may come several exposures after their depth.
    init(worker: FusionWorker, camera: CameraID, isLate: Bool, counters: GraphCounters, monitor: StageMonitor) {
        self.counters = counters
        loop = StageLoop("\(camera) fusion", subject: "fusion", mailbox: mailbox, monitor: monitor) {
            var rendezvous = isLate ? DepthRendezvous(kept: FusionStage.keptForLate) : DepthRendezvous()
            return { event in
                switch event {
                case .detections(let set, let depthIsComing):
                    for match in rendezvous.detections(set, depthIsComing: depthIsComing) { worker.work(on: match) }
                case .depth(let result):
                    if let match = rendezvous.depth(result) { worker.work(on: match) }
                }
            }
        }
    }

    func offer(_ detections: DetectionSet, depthIsComing: Bool) {
        if !mailbox.offer(.detections(detections, depthIsComing: depthIsComing)) { counters.fusionStale.add() }
    }

    func offer(_ depth: DepthResult) {
        if !mailbox.offer(.depth(depth)) { counters.fusionStale.add() }
    }

    func stop() {
        loop.stop()
    }
}

/// What the fusion stage does to each set of detections.
///
/// `@unchecked Sendable`: after `init` only the stage's thread calls `work`.
final class FusionWorker: @unchecked Sendable {
    private var fusion: DepthFusion?
    private var tracker: Tracker
    private let hub: StreamHub
    private let meters: GraphMeters
    private let counters: GraphCounters

    /// - Parameter fusion: nil when the camera has no depth or distances are not wanted.
    init(fusion: DepthFusion?, tracker: Tracker, hub: StreamHub, meters: GraphMeters, counters: GraphCounters) {
        self.fusion = fusion
        self.tracker = tracker
        self.hub = hub
        self.meters = meters
        self.counters = counters
    }

    func work(on match: DepthRendezvous.Match) {
        let started = Timestamp.now()
        var set = match.detections
        let tracks = meters.fusion.measure { () -> [Track] in
            if let depth = match.depth, fusion != nil {
                fusion?.locate(&set.detections, depth: depth.frame)
                set.origin.timing.stereo = depth.stereoNanoseconds
                let skew = depth.frame.header.captured.nanoseconds(since: set.origin.frame.captured)
                set.origin.depthSkewNanoseconds = skew
                if skew != 0 { counters.fusionStale.add() }
            }
            return tracker.update(set.detections, at: set.origin.frame.captured)
        }
        set.origin.timing.fusion = Timestamp.now().nanoseconds(since: started)
        let frame = set.origin.frame
        hub.publish(
            StreamPacket(
                .tracks(TrackSet(origin: set.origin, labels: set.labels, tracks: tracks)), sequence: frame.sequence,
                captured: frame.captured), on: .objectTracker)
        hub.publish(StreamPacket(.detections(set), sequence: frame.sequence, captured: frame.captured), on: .metaout)
    }
}
