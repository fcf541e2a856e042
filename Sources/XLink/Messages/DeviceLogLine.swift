// SPDX-License-Identifier: Apache-2.0
public import Core

/// A line of a device's log, from the stream `__log`.
public struct DeviceLogLine: Sendable, Hashable, NOPRepresentable {
    public struct Level: RawRepresentable, Sendable, Hashable, Comparable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let trace = Level(rawValue: 0)
        public static let debug = Level(rawValue: 1)
        public static let info = Level(rawValue: 2)
        public static let warning = Level(rawValue: 3)
        public static let error = Level(rawValue: 4)
        public static let critical = Level(rawValue: 5)
        public static let off = Level(rawValue: 6)

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// "system", or "Name(id)" of a node.
    public var node: String
    public var level: Level
    /// On the device's own clock.
    public var time: Timestamp
    /// The part of the text that a terminal would colour.
    public var colorStart: UInt32
    public var colorEnd: UInt32
    public var text: String

    public init(node: String, level: Level, time: Timestamp, colorStart: UInt32 = 0, colorEnd: UInt32 = 0, text: String) {
        self.node = node
        self.level = level
        self.time = time
        self.colorStart = colorStart
        self.colorEnd = colorEnd
        self.text = text
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("log line", fields: 6)
        node = try decoder.text("log line.node")
        level = Level(rawValue: try decoder.integer("log line.level"))
        time = try Timestamp(&decoder)
        colorStart = try decoder.integer("log line.colour start")
        colorEnd = try decoder.integer("log line.colour end")
        text = try decoder.text("log line.text")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        .structure([
            .text(node), .signed(Int64(level.rawValue)), time.nop, .unsigned(UInt64(colorStart)), .unsigned(UInt64(colorEnd)),
            .text(text),
        ])
    }

    /// The lines of a packet of the stream; it is borrowed for the call. Packets of this stream have no trailer.
    public static func parse(_ packet: UnsafeRawBufferPointer) throws(XLinkDecodingError) -> [DeviceLogLine] {
        var decoder = NOPDecoder(packet)
        return try decoder.list(of: DeviceLogLine.self, "log")
    }

    /// The lines of a packet of the stream.
    public static func parse(_ packet: [UInt8]) throws(XLinkDecodingError) -> [DeviceLogLine] {
        try packet.span.withUnsafeBytes { bytes throws(XLinkDecodingError) in try parse(bytes) }
    }
}
