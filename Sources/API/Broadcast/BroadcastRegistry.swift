// SPDX-License-Identifier: Apache-2.0
import Codec
package import Core
import Logging
import NIOCore
import Pipeline
import Synchronization

/// Seats viewers at the feeds, and starts and ends feeds with their audience.
package final class BroadcastRegistry: Sendable {
    private let settings: HTTPServerSettings
    private let logger: Logger
    private let state = Mutex(State())
    /// Parts made so far; ten viewers of one picture cost one.
    package let encoded = Counter()

    private struct State {
        var feeds: [BroadcastKey: Broadcast] = [:]
        var viewers: [Int: Subscriber] = [:]
        var nextID = 0
        var stopped = false
    }

    init(settings: HTTPServerSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Clients watching now.
    package var viewerCount: Int { state.withLock { $0.viewers.count } }

    /// Different streams and forms being made now.
    package var feedCount: Int { state.withLock { $0.feeds.count } }

    /// Takes a seat. The viewer must `leave`.
    /// - Parameter framesPerSecond: nil for every frame.
    func join(_ key: BroadcastKey, hub: StreamHub, framesPerSecond: Double?) throws -> Subscriber {
        try state.withLock { state in
            guard !state.stopped else { throw HTTPError.shuttingDown }
            guard state.viewers.count < settings.maximumViewers else {
                throw HTTPError.busy(
                    "too_many_viewers", "all \(settings.maximumViewers) places for viewers are taken (http.maximum_viewers)")
            }
            let running = state.feeds[key]
            let feed = try running ?? makeFeed(key, hub: hub, others: state.feeds.count)
            let viewer = Subscriber(id: state.nextID, key: key, framesPerSecond: framesPerSecond)
            state.nextID += 1
            state.feeds[key] = feed
            state.viewers[viewer.id] = viewer
            feed.add(viewer)
            if running == nil { feed.start() }
            return viewer
        }
    }

    /// Gives a seat back and ends the viewer's mailbox. May be called more than once.
    func leave(_ viewer: Subscriber) {
        let unwatched = state.withLock { state -> Broadcast? in
            guard state.viewers.removeValue(forKey: viewer.id) != nil, let feed = state.feeds[viewer.key] else { return nil }
            guard !feed.remove(viewer) else { return nil }
            return state.feeds.removeValue(forKey: viewer.key)
        }
        viewer.mailbox.close()
        unwatched?.stop()
    }

    /// Ends every stream, at the end of the daemon.
    package func stop() {
        let viewers = state.withLock { state in
            state.stopped = true
            return Array(state.viewers.values)
        }
        for viewer in viewers { leave(viewer) }
    }

    private func makeFeed(_ key: BroadcastKey, hub: StreamHub, others: Int) throws -> Broadcast {
        guard others < settings.maximumLiveEncodings else {
            throw HTTPError.busy(
                "too_many_encodings",
                "\(others) different live streams are being made already; watch one of the same stream and quality")
        }
        switch key.form {
        case .pictures(let quality):
            return Broadcast(key: key, hub: hub, heartbeat: nil, encoded: encoded, logger: logger) {
                let encode = try MJPEGWriter.encoder(quality: quality)
                return { EncodedPacket(try encode($0)) }
            }
        case .video:
            return Broadcast(key: key, hub: hub, heartbeat: nil, encoded: encoded, logger: logger) {
                { packet in
                    guard let part = EncodedPacket(video: packet) else {
                        throw CodecError.encodingFailed("the stream holds no video")
                    }
                    return part
                }
            }
        case .events:
            let heartbeat = (ServerSentEvents.heartbeat, settings.heartbeat.nanoseconds)
            return Broadcast(
                key: key, hub: hub, heartbeat: heartbeat, encoded: encoded, logger: logger,
                encodeGap: { try? ServerSentEvents.encode($0) },
                makeEncoder: { { EncodedPacket(try ServerSentEvents.encode($0 as StreamPacket)) } })
        }
    }
}
