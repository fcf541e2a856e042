// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Tells a stage to end, and lets it sleep without missing that.
public final class StopSignal: Sendable {
    private let mailbox = Mailbox<Never>(capacity: 1, onFull: .dropNewest)
    private let stopped = Atomic(false)

    public init() {}

    /// Asks the stage to end. May be called more than once.
    public func stop() {
        stopped.store(true, ordering: .releasing)
        mailbox.close()
    }

    public var isStopped: Bool { stopped.load(ordering: .acquiring) }

    /// Blocks the calling thread until `instant` or `stop`, whichever comes first. Returns false when stopped.
    /// For depthd's own threads only: this is pacing, never synchronisation.
    public func sleep(until instant: Timestamp) -> Bool {
        if !isStopped { _ = mailbox.next(until: instant) }
        return !isStopped
    }
}

/// One named thread for one stage of the frame's walk, so that compute never runs on Swift's cooperative threads.
public final class StageThread: Sendable {
    private let finished = Mailbox<Never>(capacity: 1, onFull: .dropNewest)

    /// Starts `body` on a thread called `name` (the kernel shows its first 15 bytes).
    public init(name: String, _ body: @escaping @Sendable () -> Void) {
        let finished = self.finished
        let thread = Thread {
            // Foundation tells the kernel only of names that are given to a thread that runs.
            Thread.current.name = name
            body()
            finished.close()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Blocks the calling thread until the body has returned. Never call from a Swift task.
    public func join() {
        _ = finished.next()
    }
}
