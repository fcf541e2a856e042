// SPDX-License-Identifier: Apache-2.0

/// A value of the self-describing structure encoding ("nop") that node properties, message metadata and the boot header are in.
///
/// Whether an integer is signed belongs to its field, not to its value: 128 is encoded differently in either, and firmware
/// refuses the other one. Decoded small numbers (0...127), which do not tell, come as `unsigned`.
public enum NOPValue: Sendable, Hashable {
    /// An unsigned integer, or a Boolean.
    case unsigned(UInt64)
    case signed(Int64)
    case float(Float)
    case double(Double)
    case structure([NOPValue])
    /// Also tuples, and vectors of anything but integers.
    case list([NOPValue])
    case map([NOPPair])
    /// A vector of integers, packed little-endian at their own width.
    case bytes([UInt8])
    case text(String)
    /// An empty optional.
    case empty
}

/// A key of a map with its value.
public struct NOPPair: Sendable, Hashable {
    public var key: NOPValue
    public var value: NOPValue

    public init(_ key: NOPValue, _ value: NOPValue) {
        self.key = key
        self.value = value
    }
}

extension NOPValue {
    public static func bool(_ value: Bool) -> NOPValue { .unsigned(value ? 1 : 0) }

    public static func signed(_ value: Int) -> NOPValue { .signed(Int64(value)) }

    /// An unsigned field; the caller has made sure that the value is not negative.
    public static func unsigned(_ value: Int) -> NOPValue { .unsigned(UInt64(value)) }

    /// A vector of integers.
    public static func integers<Number: FixedWidthInteger>(_ values: [Number]) -> NOPValue {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * MemoryLayout<Number>.size)
        for value in values { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        return .bytes(bytes)
    }

    /// An optional field.
    public static func optional<Wrapped>(_ value: Wrapped?, _ encode: (Wrapped) -> NOPValue) -> NOPValue {
        value.map(encode) ?? .empty
    }

    /// A structure of as many 32-bit floats.
    public static func floats(_ values: Float...) -> NOPValue { .structure(values.map { .float($0) }) }
}
