// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Inference
import Pipeline
import Synchronization

/// One client's pipeline: what it asked for, from the camera's streams and its own network, into its outbox.
final class LinkPipeline: Sendable {
    private let subscriptions: [Subscription]
    private let network: LinkNetwork?
    private let video: LinkVideo?

    /// What comes from the client's own network.
    static let networkStreams: Set<StreamName> = [.metaout, .previewout, .objectTracker]

    /// - Parameters:
    ///   - stages: the networks, none to two.
    ///   - flow: is told when packets break off and when they come again.
    init(
        _ configuration: LinkConfiguration, camera: any CameraService, stages: [Network], results: LinkResults?,
        outbox: LinkOutbox, flow: PacketFlow
    ) {
        let indices = Dictionary(
            configuration.streams.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        let clip = SharedClip()
        let gates = StreamGates(configuration, framesPerSecond: camera.optics?.framesPerSecond ?? 0)
        // A client that says how its video shall be gets an encoder of its own; the others share the camera's.
        let ownVideo = configuration.video.flatMap { choice in indices[.video].map { (choice, $0) } }
        video = ownVideo.map { choice, index in
            // Pictures are left out before they are encoded: later ones refer to those before.
            LinkVideo(choice, camera: camera, flow: flow, wants: { gates.allow(.video, .color, $0) }) { packet in
                if let packet = LinkPacket(packet, .video, index, PictureForm()) { outbox.offer(packet) }
            }
        }
        subscriptions = configuration.streams.enumerated().filter { _, stream in
            !Self.networkStreams.contains(stream.name) && !(stream.name == .video && ownVideo != nil)
        }.map { index, stream in
            let form = PictureForm(stream.name, configuration)
            let subscription = camera.hub.subscribe(stream.name, capacity: 2)
            flow.follow(subscription)
            let mailbox = subscription.mailbox
            mailbox.setOnReady {
                while let packet = mailbox.poll() {
                    flow.flows()
                    guard let ours = LinkPacket(packet, stream.name, index, form) else { continue }
                    let isAllowed = gates.allow(stream.name, ours.instance, ours.captured)
                    if clip.admits(packet, isAllowed: isAllowed) { outbox.offer(ours) }
                }
            }
            return subscription
        }
        guard configuration.seesPreview else {
            network = nil
            return
        }
        let wiring = LinkNetwork.Wiring(
            camera: camera, configuration: configuration, results: results, flow: flow,
            publish: { stream, body, header in
                guard let index = indices[stream], gates.allow(stream, header.instance, header.captured) else { return }
                outbox.offer(
                    LinkPacket(
                        stream: index, body: body, instance: header.instance, category: .preview, sequence: header.sequence,
                        captured: header.captured))
            })
        network = LinkNetwork(stages, wiring)
    }

    /// Ends it; blocks until its threads have ended. Never call from a Swift task.
    func stop() {
        for subscription in subscriptions { subscription.cancel() }
        network?.stop()
        video?.stop()
    }
}

/// The camera's own video for one client: after a picture that was left out it goes on with a key picture. Other packets
/// stand alone.
private final class SharedClip: Sendable {
    private let gate = Mutex(VideoGate())

    func admits(_ packet: StreamPacket, isAllowed: Bool) -> Bool {
        guard case .video(let picture) = packet.payload else { return isAllowed }
        return gate.withLock { gate in
            guard isAllowed else {
                gate.lose()
                return false
            }
            return gate.admits(number: picture.number, isKey: picture.units.isKey)
        }
    }
}

/// The rate limits of a client's streams: their own, and those of the lenses they come from.
private final class StreamGates: Sendable {
    /// A stream of two lenses has both at its rate.
    private struct Gate: Hashable {
        var stream: StreamName
        var lens: CameraInstance
    }

    private let rates: [StreamName: Double]
    private let limiters = Mutex<[Gate: RateLimiter]>([:])

    /// - Parameter framesPerSecond: the camera's; 0 when nobody knows it.
    init(_ configuration: LinkConfiguration, framesPerSecond: Double) {
        let limits = configuration.streams.compactMap { stream -> (StreamName, Double)? in
            let slowest = [stream.maximumFramesPerSecond, configuration.lensRate(of: stream.name)].compactMap(\.self).min()
            guard let slowest, framesPerSecond == 0 || slowest < framesPerSecond else { return nil }
            return (stream.name, slowest)
        }
        rates = Dictionary(limits, uniquingKeysWith: { first, _ in first })
    }

    func allow(_ stream: StreamName, _ lens: CameraInstance, _ captured: Timestamp) -> Bool {
        guard let rate = rates[stream] else { return true }
        return limiters.withLock { limiters in
            limiters[Gate(stream: stream, lens: lens), default: RateLimiter(perSecond: rate)].take(captured)
        }
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
        case .color: self.init(size: configuration.colorSize, cropsCentre: true, asI420: true)
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
        case .detections, .tracks, .motion: return nil
        }
        // Depth and disparity are seen from the right camera.
        if [.depth, .disparity].contains(name) { instance = .right }
        self.init(
            stream: index, body: body, instance: instance, category: name == .jpegout ? .still : .video,
            sequence: packet.sequence, captured: packet.captured)
    }
}
