// SPDX-License-Identifier: Apache-2.0
package import Core

/// Lets at most so many packets a second through, judged by capture time so that a burst of late frames stays a burst.
package struct RateLimiter: Sendable {
    private let interval: Int64
    private var next: Timestamp?

    /// - Parameter perSecond: more than 0.
    package init(perSecond: Double) {
        interval = Int64(1e9 / perSecond)
    }

    /// A frame may come a quarter interval early: cameras jitter.
    package func allows(_ captured: Timestamp) -> Bool {
        guard let next else { return true }
        return captured.advanced(byNanoseconds: interval / 4) >= next
    }

    /// Lets one packet through and counts it, or refuses it.
    package mutating func take(_ captured: Timestamp) -> Bool {
        guard allows(captured) else { return false }
        let base = next.map { max($0, captured.advanced(byNanoseconds: -interval / 2)) } ?? captured
        next = base.advanced(byNanoseconds: interval)
        return true
    }
}
