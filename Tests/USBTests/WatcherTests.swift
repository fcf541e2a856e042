// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import TestSupport
import Testing
import USB

private let hasty = DebouncePace(quiet: 0, longest: 0)
private func patience() -> Timestamp { Timestamp.now().advanced(byNanoseconds: 20_000_000_000) }

/// The watcher's thread, with events from a test in place of udev's socket.
@Suite(.serialized)
struct WatcherTests {
    @Test func theFirstNewsIsEverythingAttached() async throws {
        try await Blocking.run {
            let news = Mailbox<DeviceNews>(capacity: 8, onFull: .suspend)
            let camera = DeviceFixtures.camera(0)
            let watcher = try DeviceWatcher(feed: ScriptedFeed([camera])) { news.offer($0) }
            defer { watcher.stop() }
            let first = try #require(news.next(until: patience()))
            #expect(first.isFirst)
            #expect(first.changes == [.added(camera)])
            #expect(first.roster.devices == [camera])
        }
    }

    @Test func anEmptyHouseIsNewsToo() async throws {
        try await Blocking.run {
            let news = Mailbox<DeviceNews>(capacity: 8, onFull: .suspend)
            let watcher = try DeviceWatcher(feed: ScriptedFeed()) { news.offer($0) }
            defer { watcher.stop() }
            let first = try #require(news.next(until: patience()))
            #expect(first.isFirst && first.changes.isEmpty)
        }
    }

    @Test func lostEventsMakeItReadTheListAgain() async throws {
        try await Blocking.run {
            let news = Mailbox<DeviceNews>(capacity: 8, onFull: .suspend)
            let troubles = Mailbox<String>(capacity: 8, onFull: .suspend)
            let (old, new) = (DeviceFixtures.camera(0), DeviceFixtures.camera(3))
            let feed = ScriptedFeed([old])
            let watcher = try DeviceWatcher(feed: feed, pace: hasty, onTrouble: { troubles.offer($0) }) { news.offer($0) }
            defer { watcher.stop() }
            _ = news.next(until: patience())
            // The first reading fails and is tried again.
            feed.set(list: [new], failures: 1)
            feed.send([.overrun("scripted overrun"), .overrun("scripted overrun")])
            let second = try #require(news.next(until: patience()))
            #expect(second.changes == [.removed(old), .added(new)])
            #expect(!second.isFirst)
            #expect(watcher.figures.overruns == 2)
            #expect(feed.enumerations == 3)
            #expect(try #require(troubles.next(until: patience())).contains("scripted overrun"))
            #expect(try #require(troubles.next(until: patience())).contains("udev"))
            #expect(troubles.statistics.waiting == 0)
        }
    }

    @Test func aFloodOfEventsBecomesOneNews() async throws {
        try await Blocking.run {
            let news = Mailbox<DeviceNews>(capacity: 8, onFull: .suspend)
            let feed = ScriptedFeed()
            let pace = DebouncePace(quiet: 50_000_000, longest: 5_000_000_000)
            let watcher = try DeviceWatcher(feed: feed, pace: pace) { news.offer($0) }
            defer { watcher.stop() }
            _ = news.next(until: patience())
            let camera = DeviceFixtures.camera(0)
            let flutter = (0..<1000).flatMap { turn -> [DeviceFeedEvent] in
                [
                    .attached(DeviceFixtures.camera(0, incarnation: UInt64(turn))), .detached(systemPath: camera.systemPath),
                    .other,
                ]
            }
            feed.send(flutter + [.attached(camera)])
            let settled = try #require(news.next(until: patience()))
            #expect(settled.changes == [.added(camera)])
            #expect(watcher.figures.events == 3001)
            #expect(watcher.figures.deliveries == 2)
        }
    }

    @Test func aBrokenSocketDoesNotKeepTheProcessorBusy() async throws {
        try await Blocking.run {
            let news = Mailbox<DeviceNews>(capacity: 8, onFull: .suspend)
            let feed = ScriptedFeed()
            let watcher = try DeviceWatcher(feed: feed, pace: hasty) { news.offer($0) }
            defer { watcher.stop() }
            _ = news.next(until: patience())
            feed.jam()
            // It still hears what comes.
            let camera = DeviceFixtures.camera(1)
            feed.send([.attached(camera)])
            #expect(try #require(news.next(until: patience())).changes == [.added(camera)])
        }
    }

    @Test func stoppingTwiceIsStoppingOnce() async throws {
        try await Blocking.run {
            let watcher = try DeviceWatcher(feed: ScriptedFeed()) { _ in }
            watcher.stop()
            watcher.stop()
        }
    }

    @Test func aFeedThatCannotBeReadIsRefusedAtTheStart() {
        let feed = ScriptedFeed()
        feed.set(list: [], failures: 1)
        #expect(throws: USBError.unavailable("scripted")) { try DeviceWatcher(feed: feed) { _ in } }
    }

    @Test func aThousandSwapsLeaveNothingBehind() async {
        await #expect(processExitsWith: .success) { try SwapsAlone.swaps() }
    }

    @Test func aThousandWatchersLeaveNothingBehind() async {
        await #expect(processExitsWith: .success) { try SwapsAlone.watchers() }
    }
}

/// What runs in a process of its own, so that no other suite's files, threads and pages are counted.
private enum SwapsAlone {
    static func swaps() throws {
        let news = Mailbox<DeviceNews>(capacity: 8, onFull: .suspend)
        let camera = DeviceFixtures.camera(0, incarnation: 0)
        let feed = ScriptedFeed([camera])
        let watcher = try DeviceWatcher(feed: feed, pace: hasty) { news.offer($0) }
        defer { watcher.stop() }
        _ = news.next(until: patience())
        func swap(_ turn: Int) throws {
            feed.send([.detached(systemPath: camera.systemPath)])
            let gone = try #require(news.next(until: patience()))
            #expect(gone.roster.cameras.isEmpty)
            feed.send([.attached(DeviceFixtures.camera(0, incarnation: UInt64(turn)))])
            let back = try #require(news.next(until: patience()))
            #expect(back.roster.cameras.map(\.incarnation) == [UInt64(turn)])
        }
        for turn in 1...100 { try swap(turn) }
        let before = ProcessFigures.now()
        for turn in 101...1100 { try swap(turn) }
        #expect(watcher.figures.deliveries == 2201)
        ProcessFigures.now().expectNothingLeft(since: before)
    }

    static func watchers() throws {
        func live() throws {
            let news = Mailbox<DeviceNews>(capacity: 8, onFull: .suspend)
            let watcher = try DeviceWatcher(feed: ScriptedFeed([DeviceFixtures.camera(0)])) { news.offer($0) }
            _ = try #require(news.next(until: patience()))
            watcher.stop()
        }
        for _ in 0..<50 { try live() }
        let before = ProcessFigures.now()
        for _ in 0..<1000 { try live() }
        ProcessFigures.now().expectNothingLeft(since: before)
    }
}

struct RealListTests {
    @Test func thisMachineCanBeAsked() throws {
        let roster = try DeviceWatcher.list()
        #expect(roster.cameras.allSatisfy { $0.node.hasPrefix("/dev/") })
    }
}
