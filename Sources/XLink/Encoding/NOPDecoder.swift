// SPDX-License-Identifier: Apache-2.0

/// Reads the structure encoding front to back, field by field and without allocating, or a whole value at once.
///
/// The bytes are borrowed and must outlive it. Either family of integers is taken, and structures may have more fields than
/// are known: `structure` says how many, and `skip` passes over them.
public struct NOPDecoder {
    private var cursor: ByteCursor

    public init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

    /// Where in the bytes the next value is.
    public var offset: Int { cursor.offset }

    /// Bytes not yet read.
    public var remaining: Int { cursor.remaining }

    /// Decodes bytes that are one value.
    public static func decode(_ bytes: [UInt8]) throws(XLinkDecodingError) -> NOPValue {
        try bytes.span.withUnsafeBytes { bytes throws(XLinkDecodingError) in
            var decoder = NOPDecoder(bytes)
            let value = try decoder.value("value")
            guard decoder.remaining == 0 else { throw .surplus(count: decoder.remaining, offset: decoder.cursor.offset) }
            return value
        }
    }

    /// Enters a structure.
    /// - Returns: how many fields there are beyond those known, to be skipped behind them.
    public mutating func structure(_ name: String, fields: Int) throws(XLinkDecodingError) -> Int {
        let count = try container(0xB9, "a structure", name)
        guard count >= fields else { throw .tooFewFields(structure: name, count: count, expected: fields) }
        return count - fields
    }

    /// Enters a list.
    /// - Returns: the number of elements; never more than there are bytes left.
    public mutating func list(_ field: String) throws(XLinkDecodingError) -> Int { try container(0xBA, "a list", field) }

    /// Enters a map.
    /// - Returns: the number of pairs of key and value; never more than there are bytes left.
    public mutating func map(_ field: String) throws(XLinkDecodingError) -> Int {
        try container(0xBB, "a map", field, valuesEach: 2)
    }

    /// An integer that fits the type asked for.
    public mutating func integer<Number: FixedWidthInteger>(_ field: String) throws(XLinkDecodingError) -> Number {
        let start = cursor.offset
        let prefix = try cursor.byte(field)
        guard let number: Number = try integer(prefix, field, start) else { throw .outOfRange(field: field, offset: start) }
        return number
    }

    public mutating func bool(_ field: String) throws(XLinkDecodingError) -> Bool {
        let start = cursor.offset
        let number: UInt8 = try integer(field)
        guard number <= 1 else { throw .outOfRange(field: field, offset: start) }
        return number == 1
    }

    /// A 32-bit float; not always finite.
    public mutating func float(_ field: String) throws(XLinkDecodingError) -> Float {
        let start = cursor.offset
        let prefix = try cursor.byte(field)
        guard prefix == 0x88 else {
            throw .wrongKind(field: field, expected: "a 32-bit float", prefix: prefix, offset: start)
        }
        return Float(bitPattern: UInt32(littleEndian: try cursor.load(UInt32.self, field)))
    }

    /// Text; what is not UTF-8 in it is replaced.
    public mutating func text(_ field: String) throws(XLinkDecodingError) -> String {
        String(decoding: try octets(0xBD, "text", field), as: UTF8.self)
    }

    /// The bytes of a vector of integers; valid as long as the decoder's own.
    public mutating func bytes(_ field: String) throws(XLinkDecodingError) -> UnsafeRawBufferPointer {
        try octets(0xBC, "a vector of integers", field)
    }

    /// Passes over so many values of any kind.
    public mutating func skip(_ count: Int) throws(XLinkDecodingError) {
        for _ in 0..<count { try skip(depth: 0) }
    }

    /// Any value.
    public mutating func value(_ field: String) throws(XLinkDecodingError) -> NOPValue { try value(field, depth: 0) }

    // MARK: - Parts

    private mutating func container(_ wanted: UInt8, _ kind: String, _ field: String, valuesEach: Int = 1)
        throws(XLinkDecodingError) -> Int
    {
        let start = cursor.offset
        let prefix = try cursor.byte(field)
        guard prefix == wanted else { throw .wrongKind(field: field, expected: kind, prefix: prefix, offset: start) }
        return try cursor.admit(try integer(field), valuesEach: valuesEach, field)
    }

    private mutating func octets(_ wanted: UInt8, _ kind: String, _ field: String) throws(XLinkDecodingError)
        -> UnsafeRawBufferPointer
    {
        let start = cursor.offset
        let prefix = try cursor.byte(field)
        guard prefix == wanted else { throw .wrongKind(field: field, expected: kind, prefix: prefix, offset: start) }
        return try cursor.take(try integer(field), field)
    }

    /// The integer that begins with a prefix; nil when it does not fit.
    private mutating func integer<Number: FixedWidthInteger>(_ prefix: UInt8, _ field: String, _ start: Int)
        throws(XLinkDecodingError) -> Number?
    {
        switch prefix {
        case 0x00...0x7F: return Number(exactly: prefix)
        case 0xC0...0xFF: return Number(exactly: Int8(bitPattern: prefix))
        case 0x80: return Number(exactly: try cursor.load(UInt8.self, field))
        case 0x81: return Number(exactly: UInt16(littleEndian: try cursor.load(UInt16.self, field)))
        case 0x82: return Number(exactly: UInt32(littleEndian: try cursor.load(UInt32.self, field)))
        case 0x83: return Number(exactly: UInt64(littleEndian: try cursor.load(UInt64.self, field)))
        case 0x84: return Number(exactly: try cursor.load(Int8.self, field))
        case 0x85: return Number(exactly: Int16(littleEndian: try cursor.load(Int16.self, field)))
        case 0x86: return Number(exactly: Int32(littleEndian: try cursor.load(Int32.self, field)))
        case 0x87: return Number(exactly: Int64(littleEndian: try cursor.load(Int64.self, field)))
        default: throw .wrongKind(field: field, expected: "an integer", prefix: prefix, offset: start)
        }
    }

    private mutating func value(_ field: String, depth: Int) throws(XLinkDecodingError) -> NOPValue {
        let start = cursor.offset
        guard depth < ByteCursor.deepest else { throw .tooDeep(offset: start) }
        let prefix = try cursor.byte(field)
        switch prefix {
        case 0x00...0x7F, 0x80...0x83:
            guard let number: UInt64 = try integer(prefix, field, start) else { throw .outOfRange(field: field, offset: start) }
            return .unsigned(number)
        case 0x84...0x87, 0xC0...0xFF:
            guard let number: Int64 = try integer(prefix, field, start) else { throw .outOfRange(field: field, offset: start) }
            return .signed(number)
        case 0x88: return .float(Float(bitPattern: UInt32(littleEndian: try cursor.load(UInt32.self, field))))
        case 0x89: return .double(Double(bitPattern: UInt64(littleEndian: try cursor.load(UInt64.self, field))))
        case 0xB9: return .structure(try values(field, depth: depth))
        case 0xBA: return .list(try values(field, depth: depth))
        case 0xBB: return .map(try pairs(field, depth: depth))
        case 0xBC: return .bytes(Array(try cursor.take(try integer(field), field)))
        case 0xBD: return .text(String(decoding: try cursor.take(try integer(field), field), as: UTF8.self))
        case 0xBE: return .empty
        default: throw .wrongKind(field: field, expected: "a value", prefix: prefix, offset: start)
        }
    }

    private mutating func values(_ field: String, depth: Int) throws(XLinkDecodingError) -> [NOPValue] {
        let count = try cursor.admit(try integer(field), field)
        var values: [NOPValue] = []
        for _ in 0..<count { values.append(try value(field, depth: depth + 1)) }
        return values
    }

    private mutating func pairs(_ field: String, depth: Int) throws(XLinkDecodingError) -> [NOPPair] {
        let count = try cursor.admit(try integer(field), valuesEach: 2, field)
        var pairs: [NOPPair] = []
        for _ in 0..<count {
            let key = try value(field, depth: depth + 1)
            pairs.append(NOPPair(key, try value(field, depth: depth + 1)))
        }
        return pairs
    }

    private mutating func skip(depth: Int) throws(XLinkDecodingError) {
        let field = "a further field"
        let start = cursor.offset
        guard depth < ByteCursor.deepest else { throw .tooDeep(offset: start) }
        let prefix = try cursor.byte(field)
        switch prefix {
        case 0x00...0x7F, 0xC0...0xFF, 0xBE: break
        case 0x80...0x87: _ = try cursor.take(1 << UInt64(prefix & 3), field)
        case 0x88, 0x89: _ = try cursor.take(prefix == 0x88 ? 4 : 8, field)
        case 0xB9, 0xBA, 0xBB:
            let valuesEach = prefix == 0xBB ? 2 : 1
            let count = try cursor.admit(try integer(field), valuesEach: valuesEach, field)
            for _ in 0..<count * valuesEach { try skip(depth: depth + 1) }
        case 0xBC, 0xBD: _ = try cursor.take(try integer(field), field)
        default: throw .wrongKind(field: field, expected: "a value", prefix: prefix, offset: start)
        }
    }
}
