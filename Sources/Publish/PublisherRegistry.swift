// SPDX-License-Identifier: Apache-2.0
import Core
public import Logging
public import Pipeline
import Synchronization

/// The publishers that the settings enable, each independent of the others.
///
/// One that cannot be opened is refused: its port is taken or its settings cannot work, and an owner who has just started the
/// daemon or changed the settings must learn of it at once. One that fails from then on is shown as `failed` and run again
/// after a growing pause; one that returns is shown as `ended`.
public final class PublisherRegistry: Sendable {
    private let logger: Logger
    private let pause: @Sendable (_ nanoseconds: Int64) async throws -> Void
    private let entries = Mutex<[String: Entry]>([:])

    private struct Entry {
        let publisher: any ResultPublisher
        /// Since it is open.
        var task: Task<Void, Never>?
        /// How its last `run` ended; nil while it runs.
        var outcome: Outcome?
    }

    private struct Outcome {
        var state: PublisherStatus.State
        var why = ""
    }

    /// - Parameter pause: waits before a failed publisher is run again.
    public init(
        logger: Logger,
        pause: @escaping @Sendable (_ nanoseconds: Int64) async throws -> Void = {
            try await Task.sleep(nanoseconds: UInt64($0))
        }
    ) {
        self.logger = logger
        self.pause = pause
    }

    /// The status of each, by name.
    public var statuses: [PublisherStatus] {
        let entries = entries.withLock { $0 }
        return entries.sorted { $0.key < $1.key }.map { _, entry in
            var status = entry.publisher.status()
            if let outcome = entry.outcome { (status.state, status.why) = (outcome.state, outcome.why) }
            return status
        }
    }

    /// Opens a publisher and has it run, again after each failure, until it returns or `stop` is called. There must be none of
    /// its name.
    /// - Returns: its status once it is open.
    /// - Throws: why it cannot be opened; then nothing is left of it.
    @discardableResult
    public func start(_ publisher: any ResultPublisher) async throws -> PublisherStatus {
        entries.withLock { $0[publisher.name] = Entry(publisher: publisher) }
        do {
            try await publisher.open()
        } catch {
            entries.withLock { $0[publisher.name] = nil }
            throw error
        }
        let task = Task { await keepRunning(publisher) }
        entries.withLock { $0[publisher.name]?.task = task }
        return publisher.status()
    }

    /// Ends the publisher of that name; returns when it has told its receivers and closed what it had opened.
    public func stop(_ name: String) async {
        guard let task = entries.withLock({ $0[name]?.task }) else { return }
        task.cancel()
        await task.value
        entries.withLock { $0[name] = nil }
    }

    /// Runs a publisher, again after each failure, until it returns or the task is cancelled.
    private func keepRunning(_ publisher: any ResultPublisher) async {
        var backoff = Backoff()
        // Once in any case: what `open` took is given back by `run`.
        repeat {
            let began = Timestamp.now()
            note(publisher, nil)
            do {
                try await publisher.run()
                return note(publisher, Outcome(state: .ended))
            } catch {
                guard !Task.isCancelled else { return note(publisher, Outcome(state: .ended)) }
                note(publisher, Outcome(state: .failed, why: "\(error)"))
                logger.warning("\(publisher.name): \(error); depthd tries again")
                if Timestamp.now().nanoseconds(since: began) > backoff.longestNanoseconds { backoff.reset() }
                // Ends early only when the task is cancelled, which the loop sees.
                try? await pause(backoff.nextDelay())
            }
        } while !Task.isCancelled
    }

    private func note(_ publisher: any ResultPublisher, _ outcome: Outcome?) {
        entries.withLock { $0[publisher.name]?.outcome = outcome }
    }
}
