// SPDX-License-Identifier: Apache-2.0
import Core
import Inference

/// Steps 6 and 7 of the frame's walk: fit the picture to the network, run it, decode. One thread; the newest picture wins.
final class InferenceStage: Sendable {
    private let mailbox = Mailbox<Frame>(capacity: 1, onFull: .dropOldest)
    private let thread: StageThread
    private let counters: GraphCounters
    let heartbeat: Heartbeat

    /// What the network is told beside the picture.
    struct Options: Sendable {
        /// nil does what the model's manifest says.
        var resize: ModelManifest.Resize?
        var confidence: Float?
    }

    init(
        network: Network, options: Options, camera: CameraID, hub: StreamHub, meters: GraphMeters, counters: GraphCounters,
        trouble: ThrottledLog, onDetections: @escaping @Sendable (DetectionSet) -> Void
    ) {
        self.counters = counters
        let heartbeat = Heartbeat("\(camera) network")
        self.heartbeat = heartbeat
        // Preview pictures out at once: one with each of a few subscribers, one being written.
        let previews = FramePool(capacity: 12)
        thread = StageThread(name: heartbeat.stage) { [mailbox] in
            while let frame = mailbox.next() {
                heartbeat.begins()
                defer { heartbeat.rests() }
                do {
                    let wantsPreview = hub.isWanted(.previewout, at: frame.header.captured)
                    let started = Timestamp.now()
                    let result = try meters.inference.measure {
                        try network.infer(
                            frame, resize: options.resize, confidence: options.confidence, preview: wantsPreview ? previews : nil)
                    }
                    let timing = ResultTiming(inference: Timestamp.now().nanoseconds(since: started))
                    onDetections(
                        DetectionSet(
                            origin: ResultOrigin(frame: frame.header, timing: timing), labels: network.labels,
                            detections: result.detections, tensors: result.tensors))
                    if let preview = result.preview { hub.publish(StreamPacket(preview), on: .previewout) }
                } catch {
                    counters.failed.add()
                    trouble.report { "network: \(error)" }
                }
            }
        }
    }

    func offer(_ frame: Frame) {
        if !mailbox.offer(frame) { counters.networkSkipped.add() }
    }

    func stop() {
        mailbox.close()
        thread.join()
    }
}
