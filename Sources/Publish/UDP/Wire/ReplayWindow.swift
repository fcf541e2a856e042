// SPDX-License-Identifier: Apache-2.0

/// Accepts each sequence number once: datagrams may overtake each other by 64 places, older ones count as replayed
/// (the sliding window of RFC 4303, 3.4.3, on numbers that wrap).
package struct ReplayWindow: Hashable, Sendable {
    private static let width: UInt32 = 64
    private var newest: UInt32?
    /// Bit n: `newest - n` was seen.
    private var seen: UInt64 = 0

    package init() {}

    /// Whether the number is new; it is not a second time.
    package mutating func accepts(_ number: UInt32) -> Bool {
        guard let newest else {
            (self.newest, seen) = (number, 1)
            return true
        }
        let step = Int32(bitPattern: number &- newest)
        if step > 0 {
            seen = step < ReplayWindow.width ? seen << UInt64(step) | 1 : 1
            self.newest = number
            return true
        }
        let age = newest &- number
        guard age < ReplayWindow.width, seen & 1 << UInt64(age) == 0 else { return false }
        seen |= 1 << UInt64(age)
        return true
    }
}
