// SPDX-License-Identifier: Apache-2.0
import Core
public import Logging
public import Pipeline
import Synchronization

/// The publishers that the settings enable: started and stopped together, otherwise independent of each other.
///
/// If one cannot be opened, the daemon does not start: its port is taken or its settings cannot work, and an owner who has
/// just restarted the daemon must learn of it at once. From then on one publisher's failure does not affect the others: one
/// that fails is shown as `failed` and run again after a growing pause, one that returns is shown as `ended`.
public final class PublisherRegistry: Sendable {
    private let publishers: [any ResultPublisher]
    private let logger: Logger
    private let pause: @Sendable (_ nanoseconds: Int64) async throws -> Void
    /// How the last `run` of a publisher ended, by name; none while it runs.
    private let outcomes = Mutex<[String: Outcome]>([:])

    private struct Outcome {
        var state: PublisherStatus.State
        var why: String
    }

    /// - Parameters:
    ///   - publishers: in the order the status shows them.
    ///   - pause: waits before a failed publisher is run again.
    public init(
        _ publishers: [any ResultPublisher], logger: Logger,
        pause: @escaping @Sendable (_ nanoseconds: Int64) async throws -> Void = {
            try await Task.sleep(nanoseconds: UInt64($0))
        }
    ) {
        self.publishers = publishers
        self.logger = logger
        self.pause = pause
    }

    /// The status of each.
    public var statuses: [PublisherStatus] {
        let outcomes = outcomes.withLock { $0 }
        return publishers.map { publisher in
            var status = publisher.status()
            if let outcome = outcomes[publisher.name] { (status.state, status.why) = (outcome.state, outcome.why) }
            return status
        }
    }

    /// Opens all publishers and runs them until the task is cancelled or all have returned.
    /// - Parameter onOpen: called for each publisher once it is open.
    /// - Throws: the error of the first publisher that cannot be opened, after all others have ended.
    public func run(onOpen: @escaping @Sendable (PublisherStatus) -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for publisher in publishers {
                group.addTask {
                    try await publisher.open()
                    onOpen(publisher.status())
                    await self.keepRunning(publisher)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Runs a publisher, again after each failure, until it returns or the task is cancelled.
    private func keepRunning(_ publisher: any ResultPublisher) async {
        var backoff = Backoff()
        // Once in any case: what `open` took is given back by `run`.
        repeat {
            let began = Timestamp.now()
            outcomes.withLock { $0[publisher.name] = nil }
            do {
                try await publisher.run()
                return note(publisher, Outcome(state: .ended, why: ""))
            } catch {
                guard !Task.isCancelled else { return note(publisher, Outcome(state: .ended, why: "")) }
                note(publisher, Outcome(state: .failed, why: "\(error)"))
                logger.warning("\(publisher.name): \(error); depthd tries again")
                if Timestamp.now().nanoseconds(since: began) > backoff.longestNanoseconds { backoff.reset() }
                // Ends early only when the task is cancelled, which the loop sees.
                try? await pause(backoff.nextDelay())
            }
        } while !Task.isCancelled
    }

    private func note(_ publisher: any ResultPublisher, _ outcome: Outcome) {
        outcomes.withLock { $0[publisher.name] = outcome }
    }
}
