// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// The watcher's thread: waits for events or the ledger's deadline, whichever comes first.
struct WatcherLoop {
    private let feed: any DeviceFeed
    private let wake: WakeLine
    private let onTrouble: (String) -> Void
    private let deliver: (DeviceNews, WatcherFigures) -> Void
    private var ledger: DeviceLedger
    private var figures = WatcherFigures()
    private var backoff = Backoff()
    /// When to read the list again; nil when it is known to be right.
    private var rereadAt: Timestamp?
    /// The feed's descriptor reports nothing but errors: it is left alone until then.
    private var deafUntil: Timestamp?

    /// Events read at one go, so that a flood cannot keep the ledger from its deadline.
    private static let batch = 256

    init(
        feed: any DeviceFeed, wake: WakeLine, pace: DebouncePace, onTrouble: @escaping (String) -> Void,
        deliver: @escaping (DeviceNews, WatcherFigures) -> Void
    ) {
        (self.feed, self.wake, self.onTrouble, self.deliver) = (feed, wake, onTrouble, deliver)
        ledger = DeviceLedger(pace: pace)
    }

    /// Runs until the wake line is pulled.
    mutating func run(_ first: [AttachedDevice]) {
        let start = Timestamp.now()
        ledger.replace(with: first, at: start)
        // What is there at the start needs no time to settle.
        tell(ledger.settle(at: Timestamp(nanoseconds: .max)), isFirst: true)
        while let isReadable = wait() {
            if isReadable { drain() }
            if let due = rereadAt, due <= .now() { reread() }
            let changes = ledger.settle(at: .now())
            if !changes.isEmpty { tell(changes, isFirst: false) }
        }
    }

    /// Waits; says whether the feed wants to be read, nil when it is time to end.
    private mutating func wait() -> Bool? {
        let now = Timestamp.now()
        if let until = deafUntil, until <= now { deafUntil = nil }
        let deadline = [ledger.deadline, rereadAt, deafUntil].compactMap { $0 }.min()
        var polled = [
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: deafUntil == nil ? feed.descriptor : -1, events: Int16(POLLIN), revents: 0),
        ]
        // Rounded up: a deadline in half a millisecond must not become a busy loop.
        let patience = deadline.map { Int32(clamping: max(0, $0.nanoseconds(since: now) + 999_999) / 1_000_000) } ?? -1
        guard poll(&polled, 2, patience) >= 0 else { return false }
        if polled[0].revents != 0 { return nil }
        return polled[1].revents != 0
    }

    private mutating func drain() {
        var read = 0
        while read < Self.batch, let event = feed.next() {
            read += 1
            let now = Timestamp.now()
            switch event {
            case .attached(let device):
                if !ledger.attached(device, at: now) { complainOfTooMany() }
            case .detached(let path): ledger.detached(path, at: now)
            case .overrun(let reason):
                figures.overruns += 1
                if rereadAt == nil { onTrouble("\(reason); re-reading the list of devices") }
                rereadAt = now
            case .other: break
            }
        }
        figures.events += read
        // Readable without an event: a broken descriptor, which would keep this thread busy for ever.
        if read == 0 { leaveAlone() }
    }

    /// libudev drops messages that are not udev's, so a single empty turn is nothing; the pause hides none of them for long.
    private mutating func leaveAlone() {
        deafUntil = Timestamp.now().advanced(byNanoseconds: 20_000_000)
    }

    private mutating func reread() {
        do {
            let devices = try feed.enumerate()
            if !ledger.replace(with: devices, at: .now()) { complainOfTooMany() }
            rereadAt = nil
            backoff.reset()
        } catch {
            rereadAt = Timestamp.now().advanced(byNanoseconds: backoff.nextDelay())
            onTrouble("\(error)")
        }
    }

    private func complainOfTooMany() {
        onTrouble("more than \(DeviceLedger.capacity) devices: depthd does not watch the rest")
    }

    private mutating func tell(_ changes: [DeviceChange], isFirst: Bool) {
        figures.deliveries += 1
        deliver(DeviceNews(changes: changes, roster: ledger.roster, isFirst: isFirst), figures)
    }
}
