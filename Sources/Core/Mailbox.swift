// SPDX-License-Identifier: Apache-2.0

/// What a full mailbox does with one more element.
public enum OverflowPolicy: Sendable, Hashable {
    /// The oldest waiting element is dropped: pictures and results, where only the newest matters.
    case dropOldest
    /// The new element is dropped.
    case dropNewest
    /// The sender waits for room: commands, which must never be lost. Only for senders on their own threads.
    case suspend
}

/// The queue between threads: bounded, with a declared policy and counters. Many senders, one receiver.
///
/// The receiver either blocks on its own thread (`next`), suspends in a task (`await receive`), or is told by `onReady`
/// to come and `poll`. Nothing here blocks a thread of Swift's cooperative pool.
///
/// `@unchecked Sendable`: every field below `condition` is touched only with it locked.
public final class Mailbox<Element: Sendable>: @unchecked Sendable {
    public let capacity: Int
    public let policy: OverflowPolicy

    private let condition = MonotonicCondition()
    private var ring: [Element?]
    private var head = 0
    private var count = 0
    private var closed = false
    private var accepted = 0
    private var dropped = 0
    private var waiter: CheckedContinuation<Element?, Never>?
    private var onReady: (@Sendable () -> Void)?

    /// - Parameters:
    ///   - capacity: how many elements may wait.
    ///   - onFull: what happens to one more.
    public init(capacity: Int, onFull policy: OverflowPolicy) {
        precondition(capacity > 0)
        self.capacity = capacity
        self.policy = policy
        ring = Array(repeating: nil, count: capacity)
    }

    /// Puts an element in. Returns false when something was dropped for it, or it was dropped itself.
    @discardableResult
    public func offer(_ element: Element) -> Bool {
        condition.lock()
        while policy == .suspend, count == capacity, !closed { condition.wait() }
        guard !closed else {
            condition.unlock()
            return false
        }
        accepted += 1
        if let waiter {
            self.waiter = nil
            condition.unlock()
            waiter.resume(returning: element)
            return true
        }
        let room = makeRoom()
        if room.accepts {
            ring[(head + count) % capacity] = element
            count += 1
        }
        let notify = count == 1 && room.accepts ? onReady : nil
        condition.broadcast()
        condition.unlock()
        notify?()
        withExtendedLifetime(room.evicted) {}
        return room.evicted == nil && room.accepts
    }

    /// Applies the policy; the evicted element is returned so that it is freed outside the lock.
    private func makeRoom() -> (accepts: Bool, evicted: Element?) {
        guard count == capacity else { return (true, nil) }
        dropped += 1
        return policy == .dropNewest ? (false, nil) : (true, removeFirst())
    }

    private func removeFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = ring[head]
        ring[head] = nil
        head = (head + 1) % capacity
        count -= 1
        return element
    }

    /// Takes the oldest element without waiting, or nil.
    public func poll() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        let element = removeFirst()
        if element != nil { condition.broadcast() }
        return element
    }

    /// Blocks the calling thread until an element comes; nil once the mailbox is closed and empty, or at `deadline`.
    /// Never call from a Swift task.
    public func next(until deadline: Timestamp? = nil) -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while count == 0, !closed {
            if let deadline {
                if !condition.wait(until: deadline), count == 0 { return nil }
            } else {
                condition.wait()
            }
        }
        let element = removeFirst()
        condition.broadcast()
        return element
    }

    /// Suspends the calling task until an element comes; nil once the mailbox is closed and empty or the task cancelled.
    public func receive() async -> Element? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                condition.lock()
                if let element = removeFirst() {
                    condition.broadcast()
                    condition.unlock()
                    continuation.resume(returning: element)
                } else if closed || Task.isCancelled {
                    condition.unlock()
                    continuation.resume(returning: nil)
                } else {
                    precondition(waiter == nil, "a mailbox has one receiver")
                    waiter = continuation
                    condition.unlock()
                }
            }
        } onCancel: {
            condition.lock()
            let waiting = waiter
            waiter = nil
            condition.unlock()
            waiting?.resume(returning: nil)
        }
    }

    /// Registers a closure that is called, on the sender's thread, when the mailbox stops being empty.
    public func setOnReady(_ closure: @escaping @Sendable () -> Void) {
        condition.lock()
        onReady = closure
        let ready = count > 0
        condition.unlock()
        if ready { closure() }
    }

    /// Ends the mailbox: senders are refused, the receiver gets what is left and then nil.
    public func close() {
        condition.lock()
        closed = true
        let waiting = waiter
        waiter = nil
        onReady = nil
        condition.broadcast()
        condition.unlock()
        waiting?.resume(returning: nil)
    }

    /// What happened so far.
    public var statistics: MailboxStatistics {
        condition.lock()
        defer { condition.unlock() }
        return MailboxStatistics(accepted: accepted, dropped: dropped, waiting: count)
    }
}

/// The counters every mailbox keeps.
public struct MailboxStatistics: Sendable, Hashable {
    /// Elements offered while open.
    public var accepted: Int
    /// Elements thrown away because the mailbox was full.
    public var dropped: Int
    /// Elements waiting now.
    public var waiting: Int

    public init(accepted: Int, dropped: Int, waiting: Int) {
        self.accepted = accepted
        self.dropped = dropped
        self.waiting = waiting
    }
}
