// SPDX-License-Identifier: Apache-2.0
package import Core

/// What one connection is doing and since when, and whether it has run out of time.
///
/// Pure: every call takes the time, nothing is scheduled here. Hummingbird's own idle timer is renewed by each byte of a
/// dripped body and does not look at the sending side at all, so this clock covers all three ways to hold a connection.
package struct ConnectionClock: Sendable {
    /// The three deadlines, in nanoseconds.
    package struct Limits: Sendable {
        package var idle: Int64
        package var request: Int64
        package var stall: Int64

        package init(idle: Int64, request: Int64, stall: Int64) {
            self.idle = idle
            self.request = request
            self.stall = stall
        }
    }

    /// Why a connection is closed.
    package enum Verdict: Sendable, Hashable {
        case keep
        /// No request came.
        case idle
        /// A request did not arrive completely in time.
        case slowRequest
        /// The client does not take what it asked for.
        case stalled
    }

    private let limits: Limits
    private var answering = 0
    private var readingSince: Timestamp?
    private var idleSince: Timestamp?
    private var stalledSince: Timestamp?
    private var taken = 0
    private var isSocket = false

    package init(limits: Limits, now: Timestamp) {
        self.limits = limits
        idleSince = now
    }

    /// Since when no request is under way; nil while there is one.
    package var idle: Timestamp? { idleSince }

    package mutating func bytesArrived(at now: Timestamp) {
        guard !isSocket else { return }
        if readingSince == nil { readingSince = now }
        idleSince = nil
    }

    /// The head of a request was understood.
    package mutating func requestBegan() {
        answering += 1
    }

    /// The last byte of a request's body has come.
    package mutating func requestCompleted() {
        readingSince = nil
    }

    /// There are no requests and answers any more; what is sent must still be taken.
    package mutating func becameSocket() {
        isSocket = true
        answering = 1
        (readingSince, idleSince) = (nil, nil)
    }

    /// The last byte of an answer was handed to the connection.
    package mutating func answerCompleted(at now: Timestamp) {
        answering = max(0, answering - 1)
        if answering == 0, readingSince == nil { idleSince = now }
    }

    /// Judges the connection.
    /// - Parameters:
    ///   - taken: bytes the kernel has taken over since the connection began.
    ///   - waiting: bytes that still wait for the kernel.
    package mutating func judge(taken: Int, waiting: Int, at now: Timestamp) -> Verdict {
        if waiting == 0 {
            stalledSince = nil
        } else if taken > self.taken || stalledSince == nil {
            stalledSince = now
        }
        self.taken = taken
        if let stalledSince, now.nanoseconds(since: stalledSince) >= limits.stall { return .stalled }
        if let readingSince, now.nanoseconds(since: readingSince) >= limits.request { return .slowRequest }
        if let idleSince, now.nanoseconds(since: idleSince) >= limits.idle { return .idle }
        return .keep
    }

    /// How often to judge: often enough to be late by a quarter of the shortest deadline at most, once a second at least.
    package static func interval(_ limits: Limits) -> Int64 {
        min(1_000_000_000, max(1_000_000, min(limits.idle, limits.request, limits.stall) / 4))
    }
}
