// SPDX-License-Identifier: Apache-2.0

/// Writes CBOR (RFC 8949) with the shortest form of every head, as section 4.2.1 asks of deterministic encoders.
package struct CBORWriter {
    package private(set) var bytes: [UInt8] = []

    package init(reserving capacity: Int = 64) {
        bytes.reserveCapacity(capacity)
    }

    /// Bytes a head with this argument takes.
    package static func headLength(_ value: UInt64) -> Int {
        switch value {
        case ..<24: 1
        case ...0xFF: 2
        case ...0xFFFF: 3
        case ...0xFFFF_FFFF: 5
        default: 9
        }
    }

    private mutating func head(_ major: UInt8, _ value: UInt64) {
        let kind = major << 5
        switch CBORWriter.headLength(value) {
        case 1:
            bytes.append(kind | UInt8(value))
        case 2:
            bytes.append(kind | 24)
            bytes.append(UInt8(value))
        case 3:
            bytes.append(kind | 25)
            bytes.append(bigEndian: UInt16(value))
        case 5:
            bytes.append(kind | 26)
            bytes.append(bigEndian: UInt32(value))
        default:
            bytes.append(kind | 27)
            bytes.append(bigEndian: value)
        }
    }

    package mutating func unsigned(_ value: UInt64) { head(0, value) }

    package mutating func integer(_ value: Int64) {
        if value < 0 { head(1, UInt64(~value)) } else { head(0, UInt64(value)) }
    }

    package mutating func data(_ value: [UInt8]) {
        head(2, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func text(_ value: String) {
        let utf8 = value.utf8
        head(3, UInt64(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    package mutating func array(_ count: Int) { head(4, UInt64(count)) }
    package mutating func map(_ count: Int) { head(5, UInt64(count)) }
    package mutating func null() { bytes.append(0xF6) }

    /// Elements that were encoded before.
    package mutating func encoded(_ elements: ArraySlice<UInt8>) { bytes.append(contentsOf: elements) }
}

extension [UInt8] {
    /// Appends a number in network byte order.
    package mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
