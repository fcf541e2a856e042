// SPDX-License-Identifier: Apache-2.0

/// A value of MessagePack, as far as the device's calls use it: what JSON can hold, and bytes.
public enum MessagePackValue: Sendable, Hashable {
    case empty
    case bool(Bool)
    /// Never negative.
    case unsigned(UInt64)
    /// Always negative.
    case negative(Int64)
    /// Travels in 32 bits where those hold it exactly.
    case float(Double)
    case text(String)
    case list([MessagePackValue])
    /// Travels with its keys in alphabetical order.
    case map([String: MessagePackValue])
    /// A list of small integers, which is how byte vectors travel. Decoded only from lists longer than
    /// `MessagePackDecoder.shortOctets`; `octets` and `list` read either form.
    case octets([UInt8])
    /// Bytes as MessagePack itself has them; no call uses them.
    case binary([UInt8])

    /// A whole number of either sign.
    public static func integer(_ value: Int) -> MessagePackValue {
        value < 0 ? .negative(Int64(value)) : .unsigned(UInt64(value))
    }
}

// MARK: - Reading, which is lenient about the form of a number

extension MessagePackValue {
    /// A member of a map; nil too where it is there and empty.
    public subscript(_ key: String) -> MessagePackValue? {
        guard case .map(let members) = self, let value = members[key], value != .empty else { return nil }
        return value
    }

    /// The number, if it is whole and fits.
    public var integer: Int? {
        switch self {
        case .unsigned(let number): Int(exactly: number)
        case .negative(let number): Int(exactly: number)
        case .float(let number): Int(exactly: number)
        default: nil
        }
    }

    /// Any number; not always finite.
    public var number: Double? {
        switch self {
        case .unsigned(let number): Double(number)
        case .negative(let number): Double(number)
        case .float(let number): number
        default: nil
        }
    }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    public var text: String? {
        guard case .text(let value) = self else { return nil }
        return value
    }

    public var list: [MessagePackValue]? {
        switch self {
        case .list(let values): values
        case .octets(let octets): octets.map { .unsigned(UInt64($0)) }
        default: nil
        }
    }

    /// A byte vector, in any of its forms.
    public var octets: [UInt8]? {
        switch self {
        case .octets(let octets), .binary(let octets): return octets
        case .list(let values):
            var octets: [UInt8] = []
            octets.reserveCapacity(values.count)
            for value in values {
                guard case .unsigned(let number) = value, let octet = UInt8(exactly: number) else { return nil }
                octets.append(octet)
            }
            return octets
        default: return nil
        }
    }
}

// MARK: - Literals

extension MessagePackValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .empty }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .float(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(arrayLiteral elements: MessagePackValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, MessagePackValue)...) {
        self = .map(Dictionary(elements) { _, last in last })
    }
}
