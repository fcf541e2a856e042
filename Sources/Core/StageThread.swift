// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Tells a stage to end, and lets it sleep without missing that.
public final class StopSignal: Sendable {
    private let mailbox = Mailbox<Never>(capacity: 1, onFull: .dropNewest)
    private let stopped = Atomic(false)
    private let cuts = Mutex((last: 0, closures: [Int: @Sendable () -> Void]()))

    public init() {}

    /// Asks the stage to end. May be called more than once.
    public func stop() {
        stopped.store(true, ordering: .releasing)
        mailbox.close()
        for cut in cuts.withLock({ $0.closures.values }) { cut() }
    }

    /// Runs a body that blocks where the signal does not reach.
    /// - Parameter cut: ends the wait from another thread. Called by `stop` while the body runs, or at once after a stop; it may be
    ///   called when the body has just ended.
    public func cutting<Result, Failure: Error>(
        short cut: @escaping @Sendable () -> Void, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let registration = onStop(cut)
        defer { registration.cancel() }
        return try body()
    }

    /// Has `stop` call a closure, until that is cancelled; after a stop it is called at once.
    public func onStop(_ closure: @escaping @Sendable () -> Void) -> Registration {
        let number = cuts.withLock { cuts in
            cuts.last += 1
            cuts.closures[cuts.last] = closure
            return cuts.last
        }
        if isStopped { closure() }
        return Registration(signal: self, number: number)
    }

    /// A closure that is to be called.
    public struct Registration: Sendable {
        fileprivate let signal: StopSignal
        fileprivate let number: Int

        public func cancel() { signal.cuts.withLock { $0.closures[number] = nil } }
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
