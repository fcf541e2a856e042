// SPDX-License-Identifier: Apache-2.0

/// Writes MessagePack as the vendor's host library does: every value in its shortest form.
public struct MessagePackEncoder {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// The encoding of one value.
    public static func encode(_ value: MessagePackValue) -> [UInt8] {
        var encoder = MessagePackEncoder()
        encoder.append(value)
        return encoder.bytes
    }

    public mutating func append(_ value: MessagePackValue) {
        switch value {
        case .empty: bytes.append(0xC0)
        case .bool(let value): bytes.append(value ? 0xC3 : 0xC2)
        case .unsigned(let number): append(unsigned: number)
        case .negative(let number): append(negative: number)
        case .float(let number): append(number)
        case .text(let text):
            append(count: text.utf8.count, short: 0xA0, below: 32, wide: [0xD9, 0xDA, 0xDB])
            bytes += text.utf8
        case .list(let values):
            append(listOf: values.count)
            for value in values { append(value) }
        case .map(let members):
            append(count: members.count, short: 0x80, below: 16, wide: [nil, 0xDE, 0xDF])
            for (key, value) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                append(.text(key))
                append(value)
            }
        case .octets(let octets): append(octets: octets)
        case .binary(let octets):
            append(count: octets.count, short: nil, below: 0, wide: [0xC4, 0xC5, 0xC6])
            bytes += octets
        }
    }

    private mutating func append(octets: [UInt8]) {
        append(listOf: octets.count)
        bytes.reserveCapacity(bytes.count + octets.count)
        for octet in octets {
            if octet >= 0x80 { bytes.append(0xCC) }
            bytes.append(octet)
        }
    }

    private mutating func append(listOf count: Int) {
        append(count: count, short: 0x90, below: 16, wide: [nil, 0xDC, 0xDD])
    }

    private mutating func append(unsigned number: UInt64) {
        switch number {
        case 0...0x7F: bytes.append(UInt8(number))
        case 0...0xFF: append(0xCC, UInt8(number))
        case 0...0xFFFF: append(0xCD, UInt16(number))
        case 0...0xFFFF_FFFF: append(0xCE, UInt32(number))
        default: append(0xCF, number)
        }
    }

    private mutating func append(negative number: Int64) {
        if number >= -32 {
            bytes.append(UInt8(truncatingIfNeeded: number))
        } else if let byte = Int8(exactly: number) {
            append(0xD0, byte)
        } else if let short = Int16(exactly: number) {
            append(0xD1, short)
        } else if let word = Int32(exactly: number) {
            append(0xD2, word)
        } else {
            append(0xD3, number)
        }
    }

    private mutating func append(_ number: Double) {
        let short = Float(number)
        if Double(short) == number {
            append(0xCA, short.bitPattern)
        } else {
            append(0xCB, number.bitPattern)
        }
    }

    /// A count in the shortest form there is: in the prefix, or in 8, 16 or 32 bits behind one.
    private mutating func append(count: Int, short: UInt8?, below limit: Int, wide: [UInt8?]) {
        if let short, count < limit {
            bytes.append(short | UInt8(count))
        } else if let prefix = wide[0], count <= 0xFF {
            append(prefix, UInt8(count))
        } else if let prefix = wide[1], count <= 0xFFFF {
            append(prefix, UInt16(count))
        } else if let prefix = wide[2] {
            append(prefix, UInt32(clamping: count))
        }
    }

    private mutating func append<Number: FixedWidthInteger>(_ prefix: UInt8, _ number: Number) {
        bytes.append(prefix)
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
