// SPDX-License-Identifier: Apache-2.0

/// What an event asks for, or answers. Reading is local to the library and never on the wire.
public enum XLinkEventType: UInt32, Sendable, Hashable {
    case write = 0
    case release = 2
    case create = 3
    case close = 4
    case ping = 5
    case reset = 6

    /// Added to a type in an answer.
    static let response: UInt32 = 8
}

/// How an event was taken. Requests leave with `acknowledged`, too.
public struct XLinkFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let acknowledged = XLinkFlags(rawValue: 1 << 0)
    public static let refused = XLinkFlags(rawValue: 1 << 1)
    public static let tooBig = XLinkFlags(rawValue: 1 << 6)
    public static let noSuchStream = XLinkFlags(rawValue: 1 << 7)
}

/// The 84 bytes of every event; a payload follows only a request to write.
///
/// Fields that an event does not define hold leftovers of earlier events in what real peers send: never judge those.
public struct XLinkHeader: Sendable, Hashable {
    public static let byteCount = 84
    /// The longest name of a stream, in bytes; the field of 52 ends with a NUL.
    public static let longestName = 51

    /// Numbers the requests of one end; an answer bears the number of its request.
    public var event: Int32
    /// As it is on the wire. `request` and `isResponse` are its parts.
    public var type: UInt32
    /// A stream's name, up to the first NUL; bytes that are not UTF-8 are replaced.
    public var name: String
    /// When the event left, on the sender's monotonic clock.
    public var sentSeconds: UInt64
    public var sentNanoseconds: UInt32
    public var stream: UInt32
    public var size: UInt32
    public var flags: XLinkFlags

    public init(
        event: Int32, type: UInt32, name: String = "", sentSeconds: UInt64 = 0, sentNanoseconds: UInt32 = 0, stream: UInt32 = 0,
        size: UInt32 = 0, flags: XLinkFlags = .acknowledged
    ) {
        (self.event, self.type, self.name) = (event, type, name)
        (self.sentSeconds, self.sentNanoseconds) = (sentSeconds, sentNanoseconds)
        (self.stream, self.size, self.flags) = (stream, size, flags)
    }

    /// Reads the first 84 bytes; nil when there are fewer. Every content is a header: `XLinkEndpoint` judges it.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.byteCount else { return nil }
        func word(_ offset: Int) -> UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        self.init(
            event: Int32(bitPattern: word(0)), type: word(4),
            name: String(decoding: bytes[8..<8 + Self.longestName + 1].prefix { $0 != 0 }, as: UTF8.self),
            sentSeconds: UInt64(word(68)) << 32 | UInt64(word(64)), sentNanoseconds: word(60),
            stream: word(72), size: word(76), flags: XLinkFlags(rawValue: word(80)))
    }

    /// Writes the header into the first 84 bytes; a longer name is cut.
    public func encode(into bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= Self.byteCount, "a header takes 84 bytes")
        func put(_ value: UInt32, _ offset: Int) {
            bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
        put(UInt32(bitPattern: event), 0)
        put(type, 4)
        var offset = 8
        for byte in name.utf8.prefix(Self.longestName) {
            bytes[offset] = byte
            offset += 1
        }
        for rest in offset..<8 + Self.longestName + 1 { bytes[rest] = 0 }
        put(sentNanoseconds, 60)
        put(UInt32(truncatingIfNeeded: sentSeconds), 64)
        put(UInt32(truncatingIfNeeded: sentSeconds >> 32), 68)
        put(stream, 72)
        put(size, 76)
        put(flags.rawValue, 80)
    }

    /// What is asked for or answered; nil for numbers that the protocol does not have on the wire.
    public var request: XLinkEventType? { type < 16 ? XLinkEventType(rawValue: type & 7) : nil }

    public var isResponse: Bool { type & XLinkEventType.response != 0 }
}
