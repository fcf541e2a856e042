// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Synchronization

/// What the watcher has seen.
public struct WatcherFigures: Sendable, Hashable {
    /// Events read, of interest or not.
    public var events = 0
    /// Calls of `onNews`.
    public var deliveries = 0
    /// Times events were lost and the list was read again.
    public var overruns = 0
}

/// Watches devices come and go, on one thread that only wakes for events.
///
/// Listens first and reads the list then, so nothing is missed in between. Many events become few: see `DeviceLedger`.
public final class DeviceWatcher: Sendable {
    private let wake: WakeLine
    private let thread: StageThread
    private let published: Published

    /// What the thread shares with callers.
    private final class Published: Sendable {
        let state = Mutex((roster: DeviceRoster(), figures: WatcherFigures()))
    }

    /// Starts to watch. The first call of `onNews` brings everything attached now, if only an empty list.
    /// - Parameters:
    ///   - onTrouble: told in one sentence when events were lost or devices cannot be watched.
    ///   - onNews: called on the watcher's thread, one call at a time. It must not call `stop`.
    /// - Throws: `USBError.unavailable` when udev cannot be asked.
    public convenience init(
        pace: DebouncePace = .usual, onTrouble: @escaping @Sendable (String) -> Void = { _ in },
        onNews: @escaping @Sendable (DeviceNews) -> Void
    ) throws(USBError) {
        try self.init(feed: try UdevFeed(), pace: pace, onTrouble: onTrouble, onNews: onNews)
        if !UdevFeed.isServed { onTrouble("udevd is not running: depthd will not notice cameras that are plugged in later") }
    }

    /// The same for any feed.
    package init(
        feed: any DeviceFeed, pace: DebouncePace = .usual, onTrouble: @escaping @Sendable (String) -> Void = { _ in },
        onNews: @escaping @Sendable (DeviceNews) -> Void
    ) throws(USBError) {
        let wake = try WakeLine()
        let published = Published()
        let first = try feed.enumerate()
        (self.wake, self.published) = (wake, published)
        thread = StageThread(name: "devices") {
            var loop = WatcherLoop(feed: feed, wake: wake, pace: pace, onTrouble: onTrouble) { news, figures in
                published.state.withLock { $0 = (news.roster, figures) }
                onNews(news)
            }
            loop.run(first)
        }
    }

    deinit {
        wake.pull()
    }

    /// Ends the watching at once and blocks until the thread has ended. May be called more than once.
    public func stop() {
        wake.pull()
        thread.join()
    }

    /// Everything attached, as last delivered.
    public var roster: DeviceRoster { published.state.withLock { $0.roster } }

    /// Counts as of the last delivery.
    public var figures: WatcherFigures { published.state.withLock { $0.figures } }

    /// Everything attached now, read once.
    public static func list() throws(USBError) -> DeviceRoster {
        DeviceRoster(try UdevFeed.list())
    }
}
