// SPDX-License-Identifier: Apache-2.0
public import Core

/// Which exposure a message belongs to, and when that was.
public struct DeviceStamp: Sendable, Hashable {
    /// Counts exposures; equal for the left and right images of synchronised cameras. Not always rising.
    public var sequence: Int64
    /// On the host's monotonic clock, once the device's clock has been synchronised with it.
    public var time: Timestamp
    /// On the device's own clock.
    public var deviceTime: Timestamp

    public init(sequence: Int64, time: Timestamp, deviceTime: Timestamp) {
        self.sequence = sequence
        self.time = time
        self.deviceTime = deviceTime
    }

    init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        sequence = try decoder.integer("sequence")
        time = try Timestamp(&decoder)
        deviceTime = try Timestamp(&decoder)
    }

    /// As most messages end.
    var fields: [NOPValue] { [.signed(sequence), time.nop, deviceTime.nop] }
}

extension Timestamp: NOPRepresentable {
    /// Seconds and nanoseconds.
    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let offset = decoder.offset
        let surplus = try decoder.structure("time", fields: 2)
        let seconds: Int64 = try decoder.integer("time.sec")
        let rest: Int64 = try decoder.integer("time.nsec")
        try decoder.skip(surplus)
        let (whole, isHuge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isHuger) = whole.addingReportingOverflow(rest)
        guard !isHuge, !isHuger else { throw .outOfRange(field: "time", offset: offset) }
        self.init(nanoseconds: sum)
    }

    public var nop: NOPValue {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return .structure([.signed(seconds), .signed(rest)])
    }
}
