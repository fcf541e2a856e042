// SPDX-License-Identifier: Apache-2.0

/// Why a datagram cannot be understood.
package enum WireError: Error, Hashable {
    /// It ends before what it announces.
    case short
    /// It does not begin with `DPTH`.
    case magic
    case version(UInt8)
    case type(UInt8)
    case encoding(UInt8)
    /// The body is not what this type of message carries.
    case body
    /// Nested deeper than any message of ours.
    case depth
}

/// Reads CBOR from bytes that anyone may have sent. Every length is checked against what is left; nesting is limited;
/// indefinite lengths, which no message of ours needs, are refused. Nothing is allocated by announced sizes.
package struct CBORReader {
    private let bytes: ArraySlice<UInt8>
    package private(set) var index: Int

    /// The kinds of CBOR items (RFC 8949, section 3.1).
    package enum Major: UInt8 {
        case unsigned, negative, data, text, array, map, tag, simple
    }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    /// Bytes not read yet.
    package var remaining: Int { bytes.endIndex - index }

    private mutating func byte() throws(WireError) -> UInt8 {
        guard index < bytes.endIndex else { throw .short }
        defer { index += 1 }
        return bytes[index]
    }

    /// The kind and argument of the next item.
    private mutating func head() throws(WireError) -> (major: Major, value: UInt64) {
        let first = try byte()
        guard let major = Major(rawValue: first >> 5) else { throw .body }
        let info = first & 31
        guard info >= 24 else { return (major, UInt64(info)) }
        guard info <= 27 else { throw .body }
        var value: UInt64 = 0
        for _ in 0..<(1 << (info - 24)) { value = value << 8 | UInt64(try byte()) }
        return (major, value)
    }

    private mutating func argument(of expected: Major) throws(WireError) -> UInt64 {
        let (major, value) = try head()
        guard major == expected else { throw .body }
        return value
    }

    package mutating func unsigned() throws(WireError) -> UInt64 { try argument(of: .unsigned) }

    /// An unsigned number that must not be above `limit`.
    package mutating func unsigned(upTo limit: Int) throws(WireError) -> Int {
        guard let value = Int(exactly: try unsigned()), value <= limit else { throw .body }
        return value
    }

    /// A number of either sign that fits 64 bits.
    package mutating func integer() throws(WireError) -> Int64 {
        let (major, value) = try head()
        guard let magnitude = Int64(exactly: value) else { throw .body }
        switch major {
        case .unsigned: return magnitude
        case .negative: return ~magnitude
        default: throw .body
        }
    }

    private mutating func run(of count: UInt64) throws(WireError) -> ArraySlice<UInt8> {
        guard let count = Int(exactly: count), count <= remaining else { throw .short }
        defer { index += count }
        return bytes[index..<index + count]
    }

    package mutating func data() throws(WireError) -> [UInt8] {
        Array(try run(of: try argument(of: .data)))
    }

    package mutating func data(count: Int) throws(WireError) -> [UInt8] {
        let data = try data()
        guard data.count == count else { throw .body }
        return data
    }

    package mutating func text() throws(WireError) -> String {
        guard let text = String(validating: try run(of: try argument(of: .text)), as: UTF8.self) else { throw .body }
        return text
    }

    /// The number of elements of an array; each takes a byte at least.
    package mutating func array() throws(WireError) -> Int {
        try count(argument(of: .array), bytesEach: 1)
    }

    /// The number of pairs of a map; each takes two bytes at least.
    package mutating func map() throws(WireError) -> Int {
        try count(argument(of: .map), bytesEach: 2)
    }

    private func count(_ value: UInt64, bytesEach: Int) throws(WireError) -> Int {
        guard let count = Int(exactly: value), count <= remaining / bytesEach else { throw .short }
        return count
    }

    /// Reads a null; leaves anything else where it is.
    package mutating func takeNull() -> Bool {
        guard index < bytes.endIndex, bytes[index] == 0xF6 else { return false }
        index += 1
        return true
    }

    /// Passes over one item, whatever it is.
    package mutating func skip(depth: Int = 8) throws(WireError) {
        guard depth > 0 else { throw .depth }
        let (major, value) = try head()
        switch major {
        case .unsigned, .negative, .simple: break
        case .data, .text: _ = try run(of: value)
        case .array: for _ in 0..<(try count(value, bytesEach: 1)) { try skip(depth: depth - 1) }
        case .map: for _ in 0..<(2 * (try count(value, bytesEach: 2))) { try skip(depth: depth - 1) }
        case .tag: try skip(depth: depth - 1)
        }
    }
}
