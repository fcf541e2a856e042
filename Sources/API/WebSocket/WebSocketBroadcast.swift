// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import Pipeline
import Synchronization

/// Messages made once for all their subscribers, on a thread of its own. Starts with the first subscriber; `stop` ends it
/// after the last.
final class WebSocketBroadcast: Sendable {
    /// What subscribers can share.
    struct Key: Hashable, Sendable {
        enum Kind: Sendable { case results, video }

        var camera: CameraID
        var tap: NetworkTap
        var kind: Kind
    }

    /// What a feed is made from.
    struct Recipe: Sendable {
        /// Joins the stream; called again when what it gave has ended, unless `endsWithStream`.
        var subscribe: @Sendable () -> Subscription
        var endsWithStream: Bool
        /// Called on the feed's thread; what it returns turns each packet into a message, or nil, on the same thread.
        var makeEncoder: @Sendable () throws -> (StreamPacket) throws -> WebSocketPacket?
    }

    private let key: Key
    private let recipe: Recipe
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var viewers: [Int: WebSocketSubscriber] = [:]
        var subscription: Subscription?
        var stopped = false
    }

    init(_ key: Key, _ recipe: Recipe, logger: Logger) {
        self.key = key
        self.recipe = recipe
        self.logger = logger
    }

    /// Starts the thread; called once, when the first subscriber has its seat and so misses nothing.
    func start() {
        _ = StageThread(name: "hub \(key.kind) \(key.tap.rawValue)") { [self] in
            do {
                let encode = try recipe.makeEncoder()
                run(encode)
            } catch {
                logger.error("\(key.kind) of \(key.camera) \(key.tap.rawValue): \(error)")
            }
            for viewer in state.withLock({ Array($0.viewers.values) }) { viewer.close() }
        }
    }

    func add(_ viewer: WebSocketSubscriber) {
        state.withLock { $0.viewers[viewer.id] = viewer }
    }

    /// Returns whether somebody is left.
    func remove(_ viewer: WebSocketSubscriber) -> Bool {
        state.withLock { state in
            state.viewers[viewer.id] = nil
            return !state.viewers.isEmpty
        }
    }

    func stop() {
        let subscription = state.withLock { state in
            state.stopped = true
            return state.subscription
        }
        subscription?.cancel()
    }

    private func run(_ encode: (StreamPacket) throws -> WebSocketPacket?) {
        var complaint = ""
        repeat {
            let subscription = recipe.subscribe()
            let isOver = state.withLock { state in
                state.subscription = subscription
                return state.stopped
            }
            if isOver { return subscription.cancel() }
            while let packet = subscription.mailbox.next() {
                do {
                    if let part = try encode(packet) { send(part) }
                } catch {
                    // The same trouble with every picture is told once.
                    if complaint != "\(error)" { logger.error("\(key.kind) of \(key.camera) \(key.tap.rawValue): \(error)") }
                    complaint = "\(error)"
                }
            }
            subscription.cancel()
        } while !recipe.endsWithStream && !state.withLock { $0.stopped }
    }

    private func send(_ part: WebSocketPacket) {
        for viewer in state.withLock({ Array($0.viewers.values) }) { viewer.mailbox.offer(part) }
    }
}
