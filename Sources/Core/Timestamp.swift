// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// An instant on the host's monotonic clock (`CLOCK_MONOTONIC`), in nanoseconds.
///
/// Three clocks meet in depthd: the *device* clock stamps a frame where it was exposed, the *host monotonic* clock
/// (this type) measures every latency, and *UTC* exists for people only. See `docs/design/time.md`.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary point, in practice the boot of the host.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The present instant.
    public static func now() -> Timestamp {
        Timestamp(nanoseconds: read(CLOCK_MONOTONIC))
    }

    /// Nanoseconds from `earlier` to this instant; negative when `earlier` is later.
    public func nanoseconds(since earlier: Timestamp) -> Int64 {
        nanoseconds - earlier.nanoseconds
    }

    /// The instant `offset` nanoseconds after this one.
    public func advanced(byNanoseconds offset: Int64) -> Timestamp {
        Timestamp(nanoseconds: nanoseconds + offset)
    }

    /// This instant as UTC, by the offset the two clocks have now. Steps of the system clock move it.
    public var utc: Date {
        let offset = Timestamp.read(CLOCK_REALTIME) - Timestamp.read(CLOCK_MONOTONIC)
        return Date(timeIntervalSince1970: Double(nanoseconds + offset) / 1e9)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// CPU time the calling thread has used, in nanoseconds.
    public static func threadCPU() -> Int64 {
        read(CLOCK_THREAD_CPUTIME_ID)
    }

    /// CPU time the whole process has used, in nanoseconds.
    public static func processCPU() -> Int64 {
        read(CLOCK_PROCESS_CPUTIME_ID)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
