// SPDX-License-Identifier: Apache-2.0
package import Core

/// Turns a driver's time stamps into depthd's. The driver's clock is the host's monotonic one where it says so; what
/// it says is believed only as far as it can be true.
package struct V4L2Clock: Sendable {
    /// Stamps that could not be true; the time of arrival was used for them.
    package private(set) var faults = 0
    private var last: Timestamp?

    /// How far ahead a stamp may be: drivers that compute it from the camera's own clock are a little off.
    private static let ahead: Int64 = 20_000_000
    /// A picture is taken at the latest so long after it was made; older stamps are of another clock.
    private static let behind: Int64 = 5_000_000_000

    package init() {}

    /// When a picture was made.
    /// - Parameters:
    ///   - stamp: nanoseconds on the driver's clock; nil when it is not the monotonic one.
    ///   - now: when the picture was taken from the driver.
    /// - Returns: on the host's clock, never later than `now`; and on the driver's, for `deviceNanoseconds`.
    package mutating func read(_ stamp: Int64?, at now: Timestamp) -> (captured: Timestamp, device: Int64) {
        guard let stamp else { return (now, now.nanoseconds) }
        let age = now.nanoseconds.subtractingReportingOverflow(stamp)
        let instant = Timestamp(nanoseconds: stamp)
        guard !age.overflow, (-Self.ahead...Self.behind).contains(age.partialValue), last.map({ $0 < instant }) ?? true else {
            faults += 1
            return (now, now.nanoseconds)
        }
        last = instant
        return (min(instant, now), stamp)
    }
}
