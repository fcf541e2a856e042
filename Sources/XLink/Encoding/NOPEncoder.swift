// SPDX-License-Identifier: Apache-2.0

/// Writes values in the structure encoding, each integer in the shortest form of its field's signedness.
public struct NOPEncoder {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// The encoding of one value.
    public static func encode(_ value: NOPValue) -> [UInt8] {
        var encoder = NOPEncoder()
        encoder.append(value)
        return encoder.bytes
    }

    public mutating func append(_ value: NOPValue) {
        switch value {
        case .unsigned(let number): append(unsigned: number)
        case .signed(let number): append(signed: number)
        case .float(let number): append(0x88, number.bitPattern)
        case .double(let number): append(0x89, number.bitPattern)
        case .structure(let fields): append(0xB9, values: fields)
        case .list(let values): append(0xBA, values: values)
        case .map(let pairs):
            append(prefix: 0xBB, count: pairs.count)
            for pair in pairs {
                append(pair.key)
                append(pair.value)
            }
        case .bytes(let octets):
            append(prefix: 0xBC, count: octets.count)
            bytes += octets
        case .text(let text):
            append(prefix: 0xBD, count: text.utf8.count)
            bytes += text.utf8
        case .empty: bytes.append(0xBE)
        }
    }

    private mutating func append(_ prefix: UInt8, values: [NOPValue]) {
        append(prefix: prefix, count: values.count)
        for value in values { append(value) }
    }

    private mutating func append(prefix: UInt8, count: Int) {
        bytes.append(prefix)
        append(unsigned: UInt64(count))
    }

    private mutating func append(unsigned number: UInt64) {
        switch number {
        case 0...0x7F: bytes.append(UInt8(number))
        case 0...0xFF: append(0x80, UInt8(number))
        case 0...0xFFFF: append(0x81, UInt16(number))
        case 0...0xFFFF_FFFF: append(0x82, UInt32(number))
        default: append(0x83, number)
        }
    }

    private mutating func append(signed number: Int64) {
        if (-64...127).contains(number) {
            bytes.append(UInt8(truncatingIfNeeded: number))
        } else if let byte = Int8(exactly: number) {
            append(0x84, byte)
        } else if let short = Int16(exactly: number) {
            append(0x85, short)
        } else if let word = Int32(exactly: number) {
            append(0x86, word)
        } else {
            append(0x87, number)
        }
    }

    private mutating func append<Number: FixedWidthInteger>(_ prefix: UInt8, _ number: Number) {
        bytes.append(prefix)
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
