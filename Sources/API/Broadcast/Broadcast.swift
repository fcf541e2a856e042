// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import NIOCore
import Pipeline
import Synchronization

/// One stream in one form, encoded once for all its subscribers on a thread of its own. Starts with the first subscriber;
/// `stop` ends it after the last. One that ends by itself ends its subscribers.
final class Broadcast: Sendable {
    /// Of all broadcasts together.
    struct Counters: Sendable {
        let encoded = Counter()
        /// Packets that could not be encoded, and encoders that could not be made.
        let failed = Counter()
    }

    let heartbeat: Heartbeat
    private let key: BroadcastKey
    private let recipe: BroadcastRecipe
    private let counters: Counters
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var subscribers: [Int: Subscriber] = [:]
        var newest: EncodedPacket?
        var subscription: Subscription?
        var isOver = false
    }

    /// Causes of failure that are told apart in the log.
    private static let mostCauses = 8

    init(_ key: BroadcastKey, _ recipe: BroadcastRecipe, counters: Counters, logger: Logger) {
        self.key = key
        self.recipe = recipe
        self.counters = counters
        self.logger = logger
        heartbeat = Heartbeat("live \(key)")
    }

    /// Starts the thread; called once, when the first subscriber has its place and so misses nothing.
    /// - Parameter onEnd: called on the thread as the last thing it does.
    func start(onEnd: @escaping @Sendable () -> Void) {
        let first = subscribe()
        _ = StageThread(name: heartbeat.stage) { [self] in
            do {
                try run(first)
            } catch {
                counters.failed.add()
                logger.error("no encoder for a live stream: its subscribers are disconnected", metadata: metadata(error))
            }
            end()
            onEnd()
        }
    }

    /// Returns whether the subscriber has a place: a broadcast that is over has none.
    func add(_ subscriber: Subscriber) -> Bool {
        let (isOver, newest) = state.withLock { state in
            if !state.isOver { state.subscribers[subscriber.id] = subscriber }
            return (state.isOver, state.newest)
        }
        if !isOver, let newest { subscriber.offer(newest) }
        return !isOver
    }

    /// Returns whether somebody is left.
    func remove(_ subscriber: Subscriber) -> Bool {
        state.withLock { state in
            state.subscribers[subscriber.id] = nil
            return !state.subscribers.isEmpty
        }
    }

    func stop() {
        let subscription = state.withLock { state in
            state.isOver = true
            return state.subscription
        }
        subscription?.cancel()
    }

    private func end() {
        stop()
        for subscriber in subscribers { subscriber.close() }
    }

    private var subscribers: [Subscriber] { state.withLock { Array($0.subscribers.values) } }

    private func metadata(_ error: any Error) -> Logger.Metadata { ["broadcast": "\(key)", "error": "\(error)"] }

    /// Joins the stream; nil when the broadcast was stopped.
    private func subscribe() -> Subscription? {
        let subscription = recipe.subscribe()
        let isOver = state.withLock { state in
            state.subscription = subscription
            return state.isOver
        }
        guard !isOver else {
            subscription.cancel()
            return nil
        }
        subscription.setOnGap { [weak self] in self?.interrupt($0) }
        return subscription
    }

    /// Serves the subscribers until they have gone or the stream has ended.
    /// - Throws: when the encoder cannot be made.
    private func run(_ first: Subscription?) throws {
        let encode = try heartbeat.during { try recipe.makeEncoder() }
        var causes: Set<String> = []
        var next = first
        while let subscription = next {
            defer { subscription.cancel() }
            try serve(subscription, encode, &causes)
            next = recipe.endsWithStream ? nil : subscribe()
        }
    }

    /// Serves what comes until the stream ends.
    private func serve(_ subscription: Subscription, _ encode: BroadcastRecipe.Encode, _ causes: inout Set<String>) throws {
        var due = recipe.keepAlive.map { Timestamp.now().advanced(byNanoseconds: $0.nanoseconds) }
        while true {
            if let packet = subscription.mailbox.next(until: due) {
                try heartbeat.during { try serve(packet, encode, &causes) }
            } else if due.map({ Timestamp.now() < $0 }) ?? true {
                return
            }
            if let keepAlive = recipe.keepAlive, let time = due, Timestamp.now() >= time {
                due = Timestamp.now().advanced(byNanoseconds: keepAlive.nanoseconds)
                for subscriber in subscribers { subscriber.keepAlive(keepAlive.bytes) }
            }
        }
    }

    /// Encodes a packet for those who want it. What cannot be encoded is counted, and told once for each cause.
    private func serve(_ packet: StreamPacket, _ encode: BroadcastRecipe.Encode, _ causes: inout Set<String>) throws {
        let takers = subscribers.filter { $0.takes(packet.captured) }
        guard !takers.isEmpty else { return }
        do {
            guard let encoded = try encode(packet) else { return }
            counters.encoded.add()
            if recipe.replaysNewest { state.withLock { $0.newest = encoded } }
            for subscriber in takers { subscriber.offer(encoded) }
        } catch let failure as EncoderFailure {
            throw failure
        } catch {
            counters.failed.add()
            guard causes.count < Self.mostCauses, causes.insert("\(error)").inserted else { return }
            logger.warning("packet skipped: it cannot be encoded", metadata: metadata(error))
        }
    }

    /// The camera is away: subscribers of events are told, pictures simply stand still. Newcomers get nothing from before.
    private func interrupt(_ gap: StreamGap) {
        _ = state.withLock { state in
            state.newest = nil
            return state.subscription
        }?.mailbox.poll()
        guard let bytes = recipe.encodeGap?(gap) else { return }
        for subscriber in subscribers { subscriber.interrupt(bytes) }
    }
}
