// SPDX-License-Identifier: Apache-2.0
package import Core

/// When each exposure of a fixed rate is due. Deadlines are absolute, so delays never add up.
package struct DemoPace {
    /// Sequence number of the exposure that is due next.
    package private(set) var next: Int
    private let start: Timestamp
    private let first: Int
    private let period: Double

    package init(start: Timestamp, framesPerSecond: Double, next: Int) {
        self.start = start
        self.next = next
        first = next
        period = 1e9 / framesPerSecond
    }

    /// When `next` is due.
    package var deadline: Timestamp { due(next) }

    private func due(_ sequence: Int) -> Timestamp {
        start.advanced(byNanoseconds: Int64(Double(sequence - first) * period))
    }

    /// Goes on to the next exposure, past those that are late by more than one period. Returns how many were passed over.
    package mutating func advance(now: Timestamp) -> Int {
        next += 1
        let late = Double(now.nanoseconds(since: due(next)))
        guard late > period else { return 0 }
        let missed = Int(late / period)
        next += missed
        return missed
    }
}
