// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import Inference
import Pipeline
import Synchronization

/// One client's pipeline: what it asked for, from the camera's streams and its own network, into its outbox.
final class LinkPipeline: Sendable {
    private let subscriptions: [Subscription]
    private let network: LinkNetwork?

    /// What comes from the client's own network.
    static let networkStreams: Set<StreamName> = [.metaout, .previewout, .objectTracker]

    /// - Parameters:
    ///   - stages: the networks, none to two.
    ///   - trouble: is told what keeps the network from working.
    init(
        _ configuration: LinkConfiguration, camera: any CameraDoor, stages: [Network], results: LinkResults?,
        outbox: LinkOutbox, trouble: @escaping @Sendable (String) -> Void
    ) {
        let indices = Dictionary(
            configuration.streams.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        let gates = StreamGates(configuration)
        subscriptions = configuration.streams.enumerated().filter { !Self.networkStreams.contains($1.name) }.map {
            index, stream in
            let form = PictureForm(stream.name, configuration)
            let subscription = camera.hub.subscribe(stream.name, capacity: 2)
            subscription.setOnGap { gap in
                let text = (try? JSONEncoder().encode(["reason": gap.why])) ?? Data()
                outbox.offer(LinkMessage(.gap, payload: Array(text)))
            }
            let mailbox = subscription.mailbox
            mailbox.setOnReady {
                while let packet = mailbox.poll() {
                    guard gates.allow(stream.name, packet.captured), let packet = LinkPacket(packet, stream.name, index, form)
                    else { continue }
                    outbox.offer(packet)
                }
            }
            return subscription
        }
        guard let choice = configuration.network, let results, !stages.isEmpty else {
            network = nil
            return
        }
        let wiring = LinkNetwork.Wiring(
            hub: camera.hub, optics: camera.optics, choice: choice, configuration: configuration, results: results,
            publish: { stream, body, header in
                guard let index = indices[stream], gates.allow(stream, header.captured) else { return }
                outbox.offer(
                    LinkPacket(
                        stream: index, body: body, instance: header.instance, category: .preview, sequence: header.sequence,
                        captured: header.captured))
            }, trouble: trouble)
        network = LinkNetwork(stages, wiring)
    }

    /// Ends it; blocks until its threads have ended. For the house's own threads only.
    func stop() {
        for subscription in subscriptions { subscription.cancel() }
        network?.stop()
    }
}

/// The rate limits of a client's streams.
private final class StreamGates: Sendable {
    private let limiters: Mutex<[StreamName: RateLimiter]>

    init(_ configuration: LinkConfiguration) {
        let limits = configuration.streams.compactMap { stream in
            stream.maximumFramesPerSecond.map { (stream.name, RateLimiter(perSecond: $0)) }
        }
        limiters = Mutex(Dictionary(limits, uniquingKeysWith: { first, _ in first }))
    }

    func allow(_ stream: StreamName, _ captured: Timestamp) -> Bool {
        limiters.withLock { $0[stream]?.take(captured) ?? true }
    }
}

extension PictureForm {
    /// What gen1's clients expect of a stream.
    init(_ stream: StreamName, _ configuration: LinkConfiguration) {
        switch stream {
        case .left, .right, .depth, .disparity:
            self.init(size: configuration.monoSize, cropsCentre: configuration.cropsCentre)
        case .rectifiedLeft, .rectifiedRight:
            self.init(
                size: configuration.monoSize, cropsCentre: configuration.cropsCentre,
                isMirrored: configuration.depth.mirrorsRectified)
        case .color: self.init(asI420: true)
        default: self.init()
        }
    }
}

extension LinkPacket {
    /// A packet of one of the camera's own streams; nil for what does not belong there.
    fileprivate init?(_ packet: StreamPacket, _ name: StreamName, _ index: Int, _ form: PictureForm) {
        let body: Body
        var instance = CameraInstance.right
        switch packet.payload {
        case .frame(let frame):
            instance = frame.header.instance
            body = .picture(frame, form)
        case .jpeg(let file):
            instance = .color
            body = .bytes(file)
        case .video(let picture):
            instance = .color
            body = .bytes(picture.units.bytes)
        case .json(let text): body = .bytes(Array(text.utf8) + [0])
        case .detections, .tracks: return nil
        }
        // Depth and disparity are seen from the right camera.
        if [.depth, .disparity].contains(name) { instance = .right }
        self.init(
            stream: index, body: body, instance: instance, category: name == .jpegout ? .still : .video,
            sequence: packet.sequence, captured: packet.captured)
    }
}
