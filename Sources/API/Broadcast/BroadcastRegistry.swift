// SPDX-License-Identifier: Apache-2.0
package import Core
import Logging
package import Pipeline
import Synchronization

/// Gives subscribers their places at the broadcasts, and starts and ends broadcasts with their subscribers.
package final class BroadcastRegistry: Sendable {
    private let settings: HTTPServerSettings
    private let logger: Logger
    private let state = Mutex(State())
    private let counters = Broadcast.Counters()

    private struct State {
        /// Those a newcomer can join.
        var broadcasts: [BroadcastKey: Broadcast] = [:]
        /// Those whose thread has not ended: one that hangs outlives its last subscriber.
        var working: [Broadcast] = []
        var places: [Int: Place] = [:]
        var nextID = 0
        var stopped = false
    }

    private struct Place {
        var subscriber: Subscriber
        var broadcast: Broadcast
    }

    init(settings: HTTPServerSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Packets made so far; ten subscribers of one picture cost one.
    package var encoded: Counter { counters.encoded }

    package var status: LiveStatus {
        let (subscribers, broadcasts) = state.withLock { ($0.places.count, $0.broadcasts.count) }
        return LiveStatus(
            subscribers: subscribers, broadcasts: broadcasts,
            counters: ["encoded": Int(counters.encoded.current), "encode_failed": Int(counters.failed.current)])
    }

    /// Of the broadcasts at work.
    var heartbeats: [Heartbeat] { state.withLock { $0.working.map(\.heartbeat) } }

    /// Takes a place. The subscriber must `leave`.
    /// - Parameter framesPerSecond: nil for every frame.
    package func join(_ key: BroadcastKey, _ recipe: BroadcastRecipe, framesPerSecond: Double? = nil) throws -> Subscriber {
        try state.withLock { state in
            guard !state.stopped else { throw HTTPError.shuttingDown }
            try checkPlaces(key.transport, state)
            let subscriber = Subscriber(id: state.nextID, key: key, framesPerSecond: framesPerSecond)
            state.nextID += 1
            if let running = state.broadcasts[key], running.add(subscriber) {
                state.places[subscriber.id] = Place(subscriber: subscriber, broadcast: running)
                return subscriber
            }
            // One that has ended by itself makes way for a fresh one.
            state.broadcasts[key] = nil
            try checkEncodings(key, state)
            let fresh = Broadcast(key, recipe, counters: counters, logger: logger)
            state.broadcasts[key] = fresh
            state.places[subscriber.id] = Place(subscriber: subscriber, broadcast: fresh)
            state.working.append(fresh)
            _ = fresh.add(subscriber)
            fresh.start { [weak self] in self?.ended(fresh) }
            return subscriber
        }
    }

    /// Gives a place back and ends the subscriber's mailbox. May be called more than once.
    func leave(_ subscriber: Subscriber) {
        let unwatched = state.withLock { state -> Broadcast? in
            guard let broadcast = state.places.removeValue(forKey: subscriber.id)?.broadcast else { return nil }
            guard !broadcast.remove(subscriber) else { return nil }
            if state.broadcasts[subscriber.key] === broadcast { state.broadcasts[subscriber.key] = nil }
            return broadcast
        }
        subscriber.close()
        unwatched?.stop()
    }

    private func ended(_ broadcast: Broadcast) {
        state.withLock { $0.working.removeAll { $0 === broadcast } }
    }

    /// Ends every broadcast, at the end of the daemon.
    package func stop() {
        let subscribers = state.withLock { state in
            state.stopped = true
            return state.places.values.map(\.subscriber)
        }
        for subscriber in subscribers { leave(subscriber) }
    }

    private func checkPlaces(_ transport: BroadcastKey.Transport, _ state: State) throws {
        let taken = state.places.values.count { $0.subscriber.key.transport == transport }
        switch transport {
        case .http:
            guard taken < settings.maximumViewers else {
                throw HTTPError.busy(
                    "too_many_viewers", "all \(settings.maximumViewers) places for viewers are taken (http.maximum_viewers)")
            }
        case .webSocket:
            guard taken < settings.maximumSubscribers else {
                throw HTTPError.busy(
                    "too_many_subscribers", "all \(settings.maximumSubscribers) places for subscribers are taken")
            }
        }
    }

    private func checkEncodings(_ key: BroadcastKey, _ state: State) throws {
        guard key.isLimitedEncoding else { return }
        let others = state.broadcasts.keys.count { $0.isLimitedEncoding && $0.transport == key.transport }
        guard others >= settings.maximumLiveEncodings else { return }
        switch key.transport {
        case .http:
            throw HTTPError.busy(
                "too_many_encodings",
                "\(others) different live streams are being made already; watch one of the same stream and quality")
        case .webSocket:
            throw HTTPError.busy("too_many_encodings", "\(settings.maximumLiveEncodings) videos are being made already")
        }
    }
}
