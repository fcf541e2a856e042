// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import Synchronization

/// Seats the clients of WebSockets at the feeds, and starts and ends feeds with their audience.
final class WebSocketRegistry: Sendable {
    private let settings: HTTPServerSettings
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var feeds: [WebSocketBroadcast.Key: WebSocketBroadcast] = [:]
        var viewers: [Int: WebSocketSubscriber] = [:]
        var nextID = 0
        var stopped = false
    }

    init(settings: HTTPServerSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// How long a client may be silent before it is asked whether it is there.
    var patience: Duration { settings.socketPatience }

    /// Takes a seat. The viewer must `leave`.
    func join(_ key: WebSocketBroadcast.Key, _ recipe: WebSocketBroadcast.Recipe) throws -> WebSocketSubscriber {
        try state.withLock { state in
            guard !state.stopped else { throw HTTPError.shuttingDown }
            guard state.viewers.count < settings.maximumSubscribers else {
                throw HTTPError.busy(
                    "too_many_subscribers", "all \(settings.maximumSubscribers) places for subscribers are taken")
            }
            let running = state.feeds[key]
            if running == nil, key.kind == .video,
                state.feeds.keys.count(where: { $0.kind == .video }) >= settings.maximumLiveEncodings
            {
                throw HTTPError.busy("too_many_encodings", "\(settings.maximumLiveEncodings) videos are being made already")
            }
            let feed = running ?? WebSocketBroadcast(key, recipe, logger: logger)
            let viewer = WebSocketSubscriber(id: state.nextID, key: key)
            state.nextID += 1
            state.feeds[key] = feed
            state.viewers[viewer.id] = viewer
            feed.add(viewer)
            if running == nil { feed.start() }
            return viewer
        }
    }

    /// Gives a seat back. May be called more than once.
    func leave(_ viewer: WebSocketSubscriber) {
        let unwatched = state.withLock { state -> WebSocketBroadcast? in
            guard state.viewers.removeValue(forKey: viewer.id) != nil, let feed = state.feeds[viewer.key] else { return nil }
            guard !feed.remove(viewer) else { return nil }
            return state.feeds.removeValue(forKey: viewer.key)
        }
        viewer.close()
        unwatched?.stop()
    }

    /// Ends every socket, at the end of the daemon.
    func stop() {
        let viewers = state.withLock { state in
            state.stopped = true
            return Array(state.viewers.values)
        }
        for viewer in viewers { leave(viewer) }
    }
}
