// SPDX-License-Identifier: Apache-2.0

/// Tells once that a camera is too warm, and once that it is not any more.
package struct OverheatAlarm: Sendable {
    /// What changed.
    package enum Change: Sendable, Hashable {
        case tooWarm, cooledDown
    }

    /// Degrees Celsius of the chip; its maker allows 105. Between the two nothing changes.
    private static let (high, low) = (85.0, 80.0)

    private var isTooWarm = false

    package init() {}

    /// - Parameter celsius: the average of the chip's parts.
    package mutating func note(_ celsius: Double) -> Change? {
        if !isTooWarm, celsius > Self.high {
            isTooWarm = true
            return .tooWarm
        }
        if isTooWarm, celsius < Self.low {
            isTooWarm = false
            return .cooledDown
        }
        return nil
    }
}
