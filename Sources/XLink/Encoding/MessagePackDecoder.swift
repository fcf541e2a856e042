// SPDX-License-Identifier: Apache-2.0

/// Reads one MessagePack value of anybody's bytes.
public struct MessagePackDecoder {
    /// Lists up to this length are decoded element by element even if they could be a byte vector.
    public static let shortOctets = 64

    private var cursor: ByteCursor

    private init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

    /// Decodes bytes that are one value.
    public static func decode(_ bytes: [UInt8]) throws(XLinkDecodingError) -> MessagePackValue {
        try bytes.span.withUnsafeBytes { bytes throws(XLinkDecodingError) in try decode(bytes) }
    }

    /// Decodes bytes that are one value; they are borrowed for the call.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(XLinkDecodingError) -> MessagePackValue {
        var decoder = MessagePackDecoder(bytes)
        let value = try decoder.value(depth: 0)
        guard decoder.cursor.remaining == 0 else {
            throw .surplus(count: decoder.cursor.remaining, offset: decoder.cursor.offset)
        }
        return value
    }

    private mutating func value(depth: Int) throws(XLinkDecodingError) -> MessagePackValue {
        let start = cursor.offset
        guard depth < ByteCursor.deepest else { throw .tooDeep(offset: start) }
        let prefix = try cursor.byte("value")
        switch prefix {
        case 0x00...0x7F: return .unsigned(UInt64(prefix))
        case 0xE0...0xFF: return .negative(Int64(Int8(bitPattern: prefix)))
        case 0x80...0x8F: return try map(UInt64(prefix & 0x0F), depth: depth)
        case 0x90...0x9F: return try list(UInt64(prefix & 0x0F), depth: depth)
        case 0xA0...0xBF: return .text(try text(UInt64(prefix & 0x1F)))
        case 0xC0: return .empty
        case 0xC2, 0xC3: return .bool(prefix == 0xC3)
        case 0xC4...0xC6: return .binary(Array(try cursor.take(try count(prefix - 0xC4), "bytes")))
        case 0xCA: return .float(Double(Float(bitPattern: UInt32(bigEndian: try cursor.load(UInt32.self, "number")))))
        case 0xCB: return .float(Double(bitPattern: UInt64(bigEndian: try cursor.load(UInt64.self, "number"))))
        case 0xCC...0xCF: return .unsigned(try count(prefix - 0xCC))
        case 0xD0: return signed(Int64(try cursor.load(Int8.self, "number")))
        case 0xD1: return signed(Int64(Int16(bigEndian: try cursor.load(Int16.self, "number"))))
        case 0xD2: return signed(Int64(Int32(bigEndian: try cursor.load(Int32.self, "number"))))
        case 0xD3: return signed(Int64(bigEndian: try cursor.load(Int64.self, "number")))
        case 0xD9...0xDB: return .text(try text(try count(prefix - 0xD9)))
        case 0xDC, 0xDD: return try list(try count(prefix - 0xDC + 1), depth: depth)
        case 0xDE, 0xDF: return try map(try count(prefix - 0xDE + 1), depth: depth)
        default: throw .wrongKind(field: "value", expected: "MessagePack", prefix: prefix, offset: start)
        }
    }

    private func signed(_ number: Int64) -> MessagePackValue { number < 0 ? .negative(number) : .unsigned(UInt64(number)) }

    /// An unsigned number of 2^`width` bytes.
    private mutating func count(_ width: UInt8) throws(XLinkDecodingError) -> UInt64 {
        switch width {
        case 0: UInt64(try cursor.byte("number"))
        case 1: UInt64(UInt16(bigEndian: try cursor.load(UInt16.self, "number")))
        case 2: UInt64(UInt32(bigEndian: try cursor.load(UInt32.self, "number")))
        default: UInt64(bigEndian: try cursor.load(UInt64.self, "number"))
        }
    }

    private mutating func text(_ count: UInt64) throws(XLinkDecodingError) -> String {
        String(decoding: try cursor.take(count, "text"), as: UTF8.self)
    }

    private mutating func list(_ announced: UInt64, depth: Int) throws(XLinkDecodingError) -> MessagePackValue {
        if announced > MessagePackDecoder.shortOctets, let octets = octets(announced) { return .octets(octets) }
        let count = try cursor.admit(announced, "list")
        var values: [MessagePackValue] = []
        for _ in 0..<count { values.append(try value(depth: depth + 1)) }
        return .list(values)
    }

    private mutating func map(_ announced: UInt64, depth: Int) throws(XLinkDecodingError) -> MessagePackValue {
        let count = try cursor.admit(announced, valuesEach: 2, "map")
        var members: [String: MessagePackValue] = [:]
        for _ in 0..<count {
            let start = cursor.offset
            guard case .text(let key) = try value(depth: depth + 1) else {
                throw .wrongKind(field: "key of a map", expected: "text", prefix: 0, offset: start)
            }
            members[key] = try value(depth: depth + 1)
        }
        return .map(members)
    }

    /// The elements of a list if all of them are small integers, else nil with nothing read. What it stores is bounded by the
    /// bytes that are there, so the limit of elements is not for it.
    private mutating func octets(_ count: UInt64) -> [UInt8]? {
        guard count <= UInt64(cursor.remaining) else { return nil }
        var ahead = cursor
        var octets: [UInt8] = []
        for _ in 0..<count {
            guard let octet = ahead.octet() else { return nil }
            octets.append(octet)
        }
        cursor = ahead
        return octets
    }
}

extension ByteCursor {
    /// An integer of 0...255, in the forms that writers give it.
    fileprivate mutating func octet() -> UInt8? {
        guard let prefix = try? byte("octet"), prefix < 0x80 || prefix == 0xCC else { return nil }
        return prefix < 0x80 ? prefix : try? byte("octet")
    }
}
