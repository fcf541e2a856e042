// SPDX-License-Identifier: Apache-2.0
public import Core
import Synchronization

/// Where the streams of one camera meet their subscribers. It lives as long as the camera's slot: subscribers stay
/// connected while the graph behind it is rebuilt.
///
/// Publishing never waits: every subscriber has its own bounded mailbox and loses its own oldest packets.
public final class StreamHub: Sendable {
    public let camera: CameraID
    private let state = Mutex(State())

    private struct Stream {
        var limiter: RateLimiter?
        var subscriptions: [Subscription] = []
        /// Subscriptions so far.
        var joined = 0
        var latest: StreamPacket?
        let meter = StageMeter()
        var retiredDrops = 0
    }

    private struct State {
        var streams: [StreamName: Stream] = [:]
        var offered: Set<StreamName> = []
        var nextID = 0
    }

    public init(camera: CameraID) {
        self.camera = camera
    }

    /// Declares what the graph behind the hub can publish, with the rate limits of the configuration (frames/s).
    public func offer(_ streams: [StreamName: Double?]) {
        state.withLock { state in
            state.offered = Set(streams.keys)
            for name in StreamName.allCases {
                guard let limit = streams[name] else {
                    state.streams[name]?.latest = nil
                    continue
                }
                state.streams[name, default: Stream()].limiter = limit.map { RateLimiter(perSecond: $0) }
            }
        }
    }

    /// The streams that exist now, in the order of `StreamName.allCases`.
    public var offered: [StreamName] {
        let offered = state.withLock { $0.offered }
        return StreamName.allCases.filter(offered.contains)
    }

    /// Joins a stream. The stream need not be offered yet: packets come once it is.
    /// - Parameter capacity: packets that may wait; the oldest is dropped for one more.
    public func subscribe(_ stream: StreamName, capacity: Int = 1) -> Subscription {
        state.withLock { state in
            state.nextID += 1
            let subscription = Subscription(id: state.nextID, stream: stream, capacity: capacity, hub: self)
            state.streams[stream, default: Stream()].subscriptions.append(subscription)
            state.streams[stream]?.joined += 1
            return subscription
        }
    }

    /// Ends a subscription; called by `Subscription.cancel`.
    func leave(_ subscription: Subscription) {
        state.withLock { state in
            guard let index = state.streams[subscription.stream]?.subscriptions.firstIndex(where: { $0 === subscription })
            else { return }
            state.streams[subscription.stream]?.subscriptions.remove(at: index)
            state.streams[subscription.stream]?.retiredDrops += subscription.mailbox.statistics.dropped
        }
    }

    /// Takes everything off offer and tells every subscriber that nothing will come for now, and why. Subscriptions stay:
    /// packets follow once a graph offers the streams again.
    public func interrupt(_ gap: StreamGap) {
        offer([:])
        let audience = state.withLock { $0.streams.values.flatMap(\.subscriptions) }
        for subscription in audience { subscription.tell(gap) }
    }

    /// Ends all subscriptions: the camera is gone for good.
    public func close() {
        let orphans = state.withLock { state in
            defer { state.streams.removeAll() }
            state.offered = []
            return state.streams.values.flatMap(\.subscriptions)
        }
        for orphan in orphans { orphan.mailbox.close() }
    }

    /// How many listen to a stream now, and how many ever joined it.
    func audience(of stream: StreamName) -> (listening: Int, joined: Int) {
        state.withLock { state in
            guard state.offered.contains(stream), let entry = state.streams[stream] else { return (0, 0) }
            return (entry.subscriptions.count, entry.joined)
        }
    }

    /// Whether making the stream's packet for an exposure at `captured` would serve anyone: somebody listens and the
    /// rate limit lets it through.
    public func isWanted(_ stream: StreamName, at captured: Timestamp) -> Bool {
        state.withLock { state in
            guard state.offered.contains(stream), let entry = state.streams[stream], !entry.subscriptions.isEmpty else {
                return false
            }
            return entry.limiter?.allows(captured) ?? true
        }
    }

    /// Hands a packet to everyone who listens. Returns at once.
    public func publish(_ packet: StreamPacket, on stream: StreamName) {
        let receivers = state.withLock { state -> [Subscription] in
            guard state.offered.contains(stream) else { return [] }
            guard state.streams[stream, default: Stream()].limiter?.take(packet.captured) ?? true else { return [] }
            state.streams[stream]?.meter.record(wall: packet.published.nanoseconds(since: packet.captured), at: packet.published)
            if stream.isResult { state.streams[stream]?.latest = packet }
            return state.streams[stream]?.subscriptions ?? []
        }
        for receiver in receivers { receiver.mailbox.offer(packet) }
    }

    /// The newest packet of a result stream; nil for pictures and video, which are never kept.
    public func latest(_ stream: StreamName) -> StreamPacket? {
        state.withLock { $0.streams[stream]?.latest }
    }

    /// Figures of every offered stream.
    public var statistics: [StreamStatistics] {
        state.withLock { state in
            StreamName.allCases.filter(state.offered.contains).map { name in
                let stream = state.streams[name] ?? Stream()
                let figures = stream.meter.snapshot
                return StreamStatistics(
                    name: name.rawValue, subscribers: stream.subscriptions.count, published: figures.count,
                    framesPerSecond: figures.framesPerSecond, latencyP50Milliseconds: figures.p50Milliseconds,
                    latencyP99Milliseconds: figures.p99Milliseconds,
                    dropped: stream.retiredDrops + stream.subscriptions.reduce(0) { $0 + $1.mailbox.statistics.dropped })
            }
        }
    }
}

/// Figures of one stream. Latency runs from the exposure to the hub.
public struct StreamStatistics: Sendable, Codable, Hashable {
    public var name: String
    public var subscribers: Int
    public var published: Int
    public var framesPerSecond: Double
    public var latencyP50Milliseconds: Double
    public var latencyP99Milliseconds: Double
    /// Packets that slow subscribers lost.
    public var dropped: Int

    private enum CodingKeys: String, CodingKey {
        case name
        case subscribers
        case published
        case framesPerSecond = "fps"
        case latencyP50Milliseconds = "latency_p50_ms"
        case latencyP99Milliseconds = "latency_p99_ms"
        case dropped
    }
}

/// A place in a stream's audience. Keep it while you listen; `cancel` ends it.
public final class Subscription: Sendable {
    let id: Int
    public let stream: StreamName
    /// Where the packets wait; read it with `receive`, `next`, or `setOnReady` and `poll`.
    public let mailbox: Mailbox<StreamPacket>
    private let hub: StreamHub
    private let onGap = Mutex<(@Sendable (StreamGap) -> Void)?>(nil)
    private let ended = Atomic(false)

    init(id: Int, stream: StreamName, capacity: Int, hub: StreamHub) {
        self.id = id
        self.stream = stream
        self.hub = hub
        mailbox = Mailbox(capacity: capacity, onFull: .dropOldest)
    }

    /// Registers a closure that is told when the camera's streams break off, on the camera's thread; it must return at
    /// once. The packets after the gap come as if there had been none.
    public func setOnGap(_ closure: @escaping @Sendable (StreamGap) -> Void) {
        onGap.withLock { $0 = closure }
    }

    func tell(_ gap: StreamGap) {
        onGap.withLock { $0 }?(gap)
    }

    /// Whether `cancel` was called.
    public var isCancelled: Bool { ended.load(ordering: .acquiring) }

    /// Leaves the stream and closes the mailbox. Must be called: the hub keeps subscriptions alive.
    public func cancel() {
        ended.store(true, ordering: .releasing)
        hub.leave(self)
        onGap.withLock { $0 = nil }
        mailbox.close()
    }
}
