// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Inference

/// The network that the camera runs itself: its outputs are read here, by the decoders that read those of the box, so that
/// nobody behind it can tell where it ran.
final class CameraNetworkStage: Sendable {
    private enum Job: Sendable {
        case outputs(CaptureTensors)
        /// A picture that the network may be looking at, while somebody wants to see it.
        case picture(Frame)
    }

    /// One set of outputs and the pictures that came meanwhile.
    private let mailbox = Mailbox<Job>(capacity: 4, onFull: .dropOldest)
    private let loop: StageLoop<Job>
    private let counters: GraphCounters

    init(
        network: Network, options: InferenceStage.Options, context: GraphBuilder.StageContext,
        onDetections: @escaping @Sendable (DetectionSet) -> Void
    ) {
        counters = context.counters
        loop = StageLoop("\(context.hub.camera) network", subject: "network", mailbox: mailbox, monitor: context.monitor) {
            let turn = CameraNetworkTurn(network, options, context, onDetections)
            return { job in
                switch job {
                case .outputs(let tensors): try turn.read(tensors)
                case .picture(let frame): try turn.draw(frame)
                }
            }
        }
    }

    func offer(_ tensors: CaptureTensors) {
        if !mailbox.offer(.outputs(tensors)) { counters.networkSkipped.add() }
    }

    /// Takes a picture of the network's lens, for `previewout`.
    func show(_ frame: Frame) {
        mailbox.offer(.picture(frame))
    }

    func stop() {
        loop.stop()
    }
}

/// What the stage does on its thread. Not `Sendable`.
private final class CameraNetworkTurn {
    private let network: Network
    private let options: InferenceStage.Options
    private let context: GraphBuilder.StageContext
    private let onDetections: (DetectionSet) -> Void
    /// The pictures as the network saw them, of the exposures whose outputs may still come.
    private var previews: [Frame] = []
    private let pool: FramePool

    /// Half a second of pictures: so long may a network take whose pictures are shown.
    private static let keptPreviews = 16
    /// One with each of a few subscribers.
    private static let sharedPreviews = 8

    init(
        _ network: Network, _ options: InferenceStage.Options, _ context: GraphBuilder.StageContext,
        _ onDetections: @escaping (DetectionSet) -> Void
    ) {
        (self.network, self.options, self.context, self.onDetections) = (network, options, context, onDetections)
        pool = FramePool(capacity: Self.keptPreviews + Self.sharedPreviews)
    }

    func read(_ tensors: CaptureTensors) throws {
        let (header, started) = (tensors.header, Timestamp.now())
        let result = try context.meters.inference.measure {
            try tensors.withViews {
                try network.decode($0, of: header, resize: options.resize, confidence: options.confidence)
            }
        }
        // How long the camera took is not told: what is counted is the reading.
        let timing = ResultTiming(inference: Timestamp.now().nanoseconds(since: started))
        onDetections(
            DetectionSet(
                origin: ResultOrigin(frame: header, timing: timing), labels: network.labels, detections: result.detections,
                tensors: result.tensors))
        guard context.hub.isWanted(.previewout, at: header.captured) else { return previews.removeAll() }
        guard let seen = previews.first(where: { $0.header.sequence == header.sequence }) else { return }
        context.hub.publish(StreamPacket(seen), on: .previewout)
    }

    func draw(_ frame: Frame) throws {
        if previews.count == Self.keptPreviews { previews.removeFirst() }
        guard let preview = try network.preview(of: frame, resize: options.resize, from: pool) else {
            return context.counters.poolExhausted.add()
        }
        previews.append(preview)
    }
}
