// SPDX-License-Identifier: Apache-2.0
import Core
import Fusion
import Inference

/// A network at work on one picture stream of a camera, beside the graph: it reads the hub as any subscriber does, so
/// that starting and ending it touches nobody else.
final class AttachedNetwork: Sendable {
    private let runner: NetworkRunner

    /// What a branch is made from.
    struct Wiring: Sendable {
        var tap: NetworkTap
        var hub: StreamHub
        /// Where results and the pictures the network saw are published.
        var results: StreamHub
        /// nil without distances.
        var fusion: DepthFusion?
        var monitor: StageMonitor
        /// Told what becomes of the first picture; nil when nobody waits for it.
        var start: FirstResult?
    }

    init(_ network: Network, _ wiring: Wiring) {
        // Pictures out at once: one with each of a few subscribers, one being written.
        runner = NetworkRunner(
            "\(wiring.hub.camera) \(wiring.tap.rawValue) nn", subject: "network on \(wiring.tap.rawValue)",
            inputs: .init(wiring.hub, [wiring.tap.stream], readsDepth: wiring.fusion != nil), previews: 12,
            monitor: wiring.monitor
        ) {
            TapNetwork(network, wiring)
        }
    }

    /// Ends the branch and blocks until its thread has ended. Never call from a Swift task.
    func stop() {
        runner.stop()
    }
}

/// What a branch does to each picture.
private final class TapNetwork: NetworkRunnerDelegate {
    private let network: Network
    private let tap: NetworkTap
    private let results: StreamHub
    private var fusion: DepthFusion?
    private var start: FirstResult?
    /// Whether somebody wants to see the picture the network is at.
    private var isSeen = false

    init(_ network: Network, _ wiring: AttachedNetwork.Wiring) {
        self.network = network
        tap = wiring.tap
        results = wiring.results
        fusion = wiring.fusion
        start = wiring.start
    }

    /// The colour camera's picture is cut to the network's shape, the others are seen whole: as the hub's cameras do it.
    private var isCut: Bool { tap == .color }

    func view(of picture: Frame, from input: Int) -> NetworkRunner.View? {
        let frame = tap == .disparity ? DisparityRendering.gray(picture) : picture
        isSeen = results.isWanted(.previewout, at: frame.header.captured)
        start?.picture()
        return NetworkRunner.View(frame, resize: isCut ? .crop : .stretch, wantsPreview: isCut && isSeen)
    }

    func infer(_ view: NetworkRunner.View, preview: FramePool?) throws -> InferenceResult {
        try network.infer(view, preview: preview)
    }

    func take(_ outcome: NetworkRunner.Outcome) throws {
        let frame = outcome.view.picture
        let header = frame.header
        var set = DetectionSet(outcome, labels: network.labels)
        if let depth = outcome.depth {
            fusion?.locate(&set.detections, depth: depth.picture)
            set.origin.depthSkewNanoseconds = depth.skew
        }
        set.origin.timing.fusion = Timestamp.now().nanoseconds(since: outcome.inferred)
        if isCut {
            let cut = CenterCrop(header, width: network.inputWidth, height: network.inputHeight)
            for index in set.detections.indices { set.detections[index].box = cut.inside(set.detections[index].box) }
        }
        if isSeen, let seen = isCut ? outcome.result.preview : frame { results.publish(StreamPacket(seen), on: .previewout) }
        results.publish(StreamPacket(.detections(set), sequence: header.sequence, captured: header.captured), on: .metaout)
        tellStarter(.result)
    }

    func fail(_ error: any Error) {
        tellStarter(.failure("\(error)"))
    }

    /// Only of the first picture.
    private func tellStarter(_ outcome: FirstResult.Outcome) {
        start?.end(outcome)
        start = nil
    }
}
