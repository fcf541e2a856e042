// SPDX-License-Identifier: Apache-2.0
import Core
import Inference

/// Steps 6 and 7 of the frame's walk: fit the picture to the network, run it, decode.
final class InferenceStage: Sendable {
    private let mailbox = Mailbox<StreamPacket>(capacity: 1, onFull: .dropOldest)
    private let runner: NetworkRunner
    private let counters: GraphCounters

    /// What the network is told beside the picture.
    struct Options: Sendable {
        /// nil does what the model's manifest says.
        var resize: ModelManifest.Resize?
        var confidence: Float?
    }

    init(
        network: Network, options: Options, hub: StreamHub, meters: GraphMeters, counters: GraphCounters, monitor: StageMonitor,
        onDetections: @escaping @Sendable (DetectionSet) -> Void
    ) {
        self.counters = counters
        // Preview pictures out at once: one with each of a few subscribers, one being written.
        runner = NetworkRunner(
            "\(hub.camera) network", subject: "network", inputs: .init(mailbox), previews: 12, monitor: monitor,
            meter: meters.inference
        ) {
            CameraNetwork(network, options, hub, onDetections)
        }
    }

    func offer(_ frame: Frame) {
        if !mailbox.offer(StreamPacket(frame)) { counters.networkSkipped.add() }
    }

    func stop() {
        runner.stop()
    }
}

/// The network of the camera's pipeline: its detections go on to fusion, which waits for their depth.
private final class CameraNetwork: NetworkRunnerDelegate {
    private let network: Network
    private let options: InferenceStage.Options
    private let hub: StreamHub
    private let onDetections: @Sendable (DetectionSet) -> Void

    init(
        _ network: Network, _ options: InferenceStage.Options, _ hub: StreamHub,
        _ onDetections: @escaping @Sendable (DetectionSet) -> Void
    ) {
        (self.network, self.options, self.hub, self.onDetections) = (network, options, hub, onDetections)
    }

    func view(of picture: Frame, from input: Int) -> NetworkRunner.View? {
        NetworkRunner.View(
            picture, resize: options.resize, confidence: options.confidence,
            wantsPreview: hub.isWanted(.previewout, at: picture.header.captured))
    }

    func infer(_ view: NetworkRunner.View, preview: FramePool?) throws -> InferenceResult {
        try network.infer(view, preview: preview)
    }

    func take(_ outcome: NetworkRunner.Outcome) throws {
        onDetections(DetectionSet(outcome, labels: network.labels))
        if let preview = outcome.result.preview { hub.publish(StreamPacket(preview), on: .previewout) }
    }
}

extension DetectionSet {
    /// What a network found, not measured yet.
    init(_ outcome: NetworkRunner.Outcome, labels: [String]) {
        self.init(
            origin: ResultOrigin(
                frame: outcome.view.picture.header, timing: ResultTiming(inference: outcome.inferenceNanoseconds)),
            labels: labels, detections: outcome.result.detections, tensors: outcome.result.tensors)
    }
}
