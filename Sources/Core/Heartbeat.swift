// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Says of one stage whether it still comes back from its work.
///
/// A stage that waits for work is well however long it waits: a camera that is away hangs nobody. One that has been at the
/// same piece of work for longer than anything takes hangs. Neither costs more than two stores per piece of work.
public final class Heartbeat: Sendable {
    /// The stage's name, as its thread has it.
    public let stage: String
    /// What a piece of work may take beyond the time every stage is given, in nanoseconds.
    public let grace: Int64
    private let busySince = Atomic(Heartbeat.resting)

    private static let resting = Int64.min

    public init(_ stage: String, grace: Int64 = 0) {
        self.stage = stage
        self.grace = grace
    }

    /// A piece of work begins; the one before is over.
    public func begins(at now: Timestamp = .now()) {
        busySince.store(now.nanoseconds, ordering: .relaxed)
    }

    /// The stage waits for work.
    public func rests() {
        busySince.store(Self.resting, ordering: .relaxed)
    }

    /// Whether a piece of work has begun and is not over.
    public var isAtWork: Bool { busySince.load(ordering: .relaxed) != Self.resting }

    /// Does one piece of work.
    public func during<Result, Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
        begins()
        defer { rests() }
        return try work()
    }

    /// For how many nanoseconds the stage has been at the same piece of work beyond what it may take; nil while it is well.
    /// - Parameter limit: what a piece of work may take, beside the stage's own `grace`, in nanoseconds.
    public func overdue(at now: Timestamp, limit: Int64) -> Int64? {
        let since = busySince.load(ordering: .relaxed)
        guard since != Self.resting else { return nil }
        let excess = now.nanoseconds - since - limit - grace
        return excess > 0 ? excess : nil
    }
}
