// SPDX-License-Identifier: Apache-2.0

/// How long to wait before trying again: doubles from `first` to `longest`, starts over after a success.
public struct Backoff: Sendable, Hashable {
    public let firstNanoseconds: Int64
    public let longestNanoseconds: Int64
    private var failures = 0

    public init(firstNanoseconds: Int64 = 250_000_000, longestNanoseconds: Int64 = 10_000_000_000) {
        precondition(firstNanoseconds > 0 && longestNanoseconds >= firstNanoseconds)
        self.firstNanoseconds = firstNanoseconds
        self.longestNanoseconds = longestNanoseconds
    }

    /// The wait after one more failure, in nanoseconds.
    public mutating func nextDelay() -> Int64 {
        let doubled = firstNanoseconds << min(failures, 30)
        failures += 1
        return doubled > 0 ? min(doubled, longestNanoseconds) : longestNanoseconds
    }

    /// Call after a success.
    public mutating func reset() {
        failures = 0
    }
}
