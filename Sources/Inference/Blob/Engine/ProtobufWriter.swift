// SPDX-License-Identifier: Apache-2.0

/// Writes Protocol Buffers messages: fields of variable-length integers, 32-bit floats and length-delimited bytes.
package struct ProtobufWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func integer(_ field: Int, _ value: Int) {
        variable(UInt64(field) << 3)
        variable(UInt64(bitPattern: Int64(value)))
    }

    package mutating func float(_ field: Int, _ value: Float) {
        variable(UInt64(field) << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    package mutating func text(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

    package mutating func data(_ field: Int, _ value: [UInt8]) {
        variable(UInt64(field) << 3 | 2)
        variable(UInt64(value.count))
        bytes += value
    }

    package mutating func message(_ field: Int, _ fill: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        fill(&inner)
        data(field, inner.bytes)
    }

    private mutating func variable(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
