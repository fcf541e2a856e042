// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import NIOCore
import Pipeline
import Synchronization

/// One stream in one form, encoded once for all its viewers on a thread of its own. Starts with the first viewer; `stop`
/// ends it with the last.
final class Broadcast: Sendable {
    private let subscription: Subscription
    private let stopping = StopSignal()
    private let audience = Mutex(Audience())

    private struct Audience {
        var viewers: [Int: Place] = [:]
        var newest: ByteBuffer?
    }

    private struct Place {
        var viewer: Subscriber
        /// nil for a viewer who wants everything.
        var limiter: RateLimiter?
        var gate = VideoGate()
    }

    private let heartbeat: (bytes: ByteBuffer, every: Int64)?
    private let encoded: Counter
    private let logger: Logger
    private let encodeGap: (@Sendable (StreamGap) -> ByteBuffer?)?
    private let makeEncoder: @Sendable () throws -> (StreamPacket) throws -> EncodedPacket

    /// Encoded pictures may wait so long: one that is lost costs all up to the next key frame.
    private static let videoBacklog = 8

    /// - Parameters:
    ///   - makeEncoder: called on the feed's thread; what it returns turns each packet into bytes, on the same thread.
    ///   - heartbeat: sent to idle viewers; nil for forms that have none.
    ///   - encodeGap: what viewers are sent when the camera is away; nil for forms that say nothing.
    init(
        key: BroadcastKey, hub: StreamHub, heartbeat: (bytes: ByteBuffer, every: Int64)?, encoded: Counter, logger: Logger,
        encodeGap: (@Sendable (StreamGap) -> ByteBuffer?)? = nil,
        makeEncoder: @escaping @Sendable () throws -> (StreamPacket) throws -> EncodedPacket
    ) {
        self.heartbeat = heartbeat
        self.encoded = encoded
        self.logger = logger
        self.encodeGap = encodeGap
        self.makeEncoder = makeEncoder
        subscription = hub.subscribe(key.stream, capacity: key.form == .video ? Self.videoBacklog : 1)
        if let newest = hub.latest(key.stream) { subscription.mailbox.offer(newest) }
    }

    /// Starts the thread; called once, when the first viewer has its seat and so misses nothing.
    func start() {
        subscription.setOnGap { [weak self] in self?.interrupt($0) }
        _ = StageThread(name: "live-\(subscription.stream.rawValue)") { [self] in
            do {
                run(encode: try makeEncoder())
            } catch {
                logger.error("live stream failed", metadata: ["stream": "\(subscription.stream.rawValue)", "error": "\(error)"])
            }
        }
    }

    func add(_ viewer: Subscriber) {
        let newest = audience.withLock { audience in
            audience.viewers[viewer.id] = Place(
                viewer: viewer, limiter: viewer.framesPerSecond.map { RateLimiter(perSecond: $0) })
            return audience.newest
        }
        if let newest { viewer.mailbox.offer(newest) }
    }

    /// Returns whether somebody is left.
    func remove(_ viewer: Subscriber) -> Bool {
        audience.withLock { audience in
            audience.viewers[viewer.id] = nil
            return !audience.viewers.isEmpty
        }
    }

    func stop() {
        stopping.stop()
        subscription.cancel()
    }

    private func run(encode: (StreamPacket) throws -> EncodedPacket) {
        var beat = heartbeat.map { Timestamp.now().advanced(byNanoseconds: $0.every) }
        var complained = false
        while !stopping.isStopped {
            if let packet = subscription.mailbox.next(until: beat) { serve(packet, encode: encode, complained: &complained) }
            if let heartbeat, let due = beat, Timestamp.now() >= due {
                beat = Timestamp.now().advanced(byNanoseconds: heartbeat.every)
                pulse(heartbeat.bytes)
            }
        }
    }

    /// Encodes a packet for those who want it. A stream that cannot be encoded is complained about once.
    private func serve(_ packet: StreamPacket, encode: (StreamPacket) throws -> EncodedPacket, complained: inout Bool) {
        let takers = takers(of: packet.captured)
        guard !takers.isEmpty else { return }
        do {
            let part = try encode(packet)
            encoded.add()
            if let link = part.link { return send(part.bytes, number: link.number, isKey: link.isKey) }
            audience.withLock { $0.newest = part.bytes }
            for viewer in takers { viewer.mailbox.offer(part.bytes) }
        } catch {
            guard !complained else { return }
            complained = true
            logger.warning("picture skipped", metadata: ["stream": "\(subscription.stream.rawValue)", "error": "\(error)"])
        }
    }

    /// A picture of a video, for those who have had what it needs. Newcomers begin at a key picture, and so does who lost one.
    private func send(_ bytes: ByteBuffer, number: Int, isKey: Bool) {
        let seats = audience.withLock { audience -> [Place] in
            audience.viewers.keys.compactMap { id in
                audience.viewers[id]?.gate.admits(number: number, isKey: isKey) == true ? audience.viewers[id] : nil
            }
        }
        for place in seats where !place.viewer.mailbox.offer(bytes) {
            audience.withLock { $0.viewers[place.viewer.id]?.gate.lose() }
        }
    }

    /// The camera is away: viewers of events are told, pictures simply stand still. New viewers get nothing from before.
    private func interrupt(_ gap: StreamGap) {
        _ = subscription.mailbox.poll()
        let viewers = audience.withLock { audience in
            audience.newest = nil
            return audience.viewers.values.map(\.viewer)
        }
        guard let bytes = encodeGap?(gap) else { return }
        for viewer in viewers { viewer.interrupt(bytes) }
    }

    /// The viewers who want a part captured then, by their rates.
    private func takers(of captured: Timestamp) -> [Subscriber] {
        audience.withLock { audience in
            var takers: [Subscriber] = []
            for id in audience.viewers.keys where audience.viewers[id]?.limiter?.take(captured) ?? true {
                if let viewer = audience.viewers[id]?.viewer { takers.append(viewer) }
            }
            return takers
        }
    }

    /// A heartbeat must not push a waiting part out of the mailbox.
    private func pulse(_ bytes: ByteBuffer) {
        let viewers = audience.withLock { $0.viewers.values.map(\.viewer) }
        for viewer in viewers where viewer.mailbox.statistics.waiting == 0 { viewer.mailbox.offer(bytes) }
    }
}
