// SPDX-License-Identifier: Apache-2.0
internal import Core
import Synchronization

/// A request the scheduler has accepted. It is answered exactly once: by its job, by the clock, or not at all when its client
/// went away.
final class PendingTask: Sendable {
    let request: TaskRequest
    let job: any TaskJob
    let segments: [String]
    private let completion: @Sendable (TaskAnswer) -> Void
    private let isSettled = Atomic(false)

    init(
        request: TaskRequest, job: any TaskJob, segments: [String], completion: @escaping @Sendable (TaskAnswer) -> Void
    ) {
        self.request = request
        self.job = job
        self.segments = segments
        self.completion = completion
    }

    /// True for the one caller who may answer.
    func settle() -> Bool {
        isSettled.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    }

    /// Nobody waits for the answer any more.
    var isForgotten: Bool { isSettled.load(ordering: .acquiring) }

    /// To be called by whoever settled the ticket.
    func complete(_ answer: TaskAnswer) { completion(answer) }
}
