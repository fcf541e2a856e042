// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import Synchronization

/// Seats the clients of WebSockets at the feeds, and starts and ends feeds with their audience.
final class SocketDesk: Sendable {
    private let settings: HTTPSettings
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var feeds: [SocketFeed.Key: SocketFeed] = [:]
        var viewers: [Int: SocketViewer] = [:]
        var nextID = 0
        var stopped = false
    }

    init(settings: HTTPSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// How long a client may be silent before it is asked whether it is there.
    var patience: Duration { settings.socketPatience }

    /// Takes a seat. The viewer must `leave`.
    func join(_ key: SocketFeed.Key, _ recipe: SocketFeed.Recipe) throws -> SocketViewer {
        try state.withLock { state in
            guard !state.stopped else { throw Refusal.shuttingDown }
            guard state.viewers.count < settings.maximumSubscribers else {
                throw Refusal.busy("too_many_subscribers", "all \(settings.maximumSubscribers) places for subscribers are taken")
            }
            let running = state.feeds[key]
            if running == nil, key.kind == .video,
                state.feeds.keys.count(where: { $0.kind == .video }) >= settings.maximumLiveEncodings
            {
                throw Refusal.busy("too_many_encodings", "\(settings.maximumLiveEncodings) videos are being made already")
            }
            let feed = running ?? SocketFeed(key, recipe, logger: logger)
            let viewer = SocketViewer(id: state.nextID, key: key)
            state.nextID += 1
            state.feeds[key] = feed
            state.viewers[viewer.id] = viewer
            feed.add(viewer)
            if running == nil { feed.start() }
            return viewer
        }
    }

    /// Gives a seat back. May be called more than once.
    func leave(_ viewer: SocketViewer) {
        let unwatched = state.withLock { state -> SocketFeed? in
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
