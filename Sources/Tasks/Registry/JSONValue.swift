// SPDX-License-Identifier: Apache-2.0

/// A piece of an answer. Whole numbers stay whole numbers and keys keep their order, because clients were written
/// against answers that look like that.
public enum JSONValue: Sendable, Hashable, ExpressibleByStringLiteral {
    case null
    case bool(Bool)
    case int(Int)
    /// Written with a point or an exponent; what is not finite is written as null.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    public init(stringLiteral text: String) {
        self = .string(text)
    }

    /// The document in UTF-8.
    /// - Parameter isSpaced: whether a space stands behind each comma and colon, as Python's `json` writes it.
    public func bytes(isSpaced: Bool = false) -> [UInt8] {
        var writer = JSONWriter(isSpaced: isSpaced)
        writer.write(self)
        return writer.bytes
    }

    /// The document, with a space behind no comma or colon.
    public var text: String { String(decoding: bytes(), as: UTF8.self) }

    /// A number that was computed in 32 bits, without the digits that only 64 bits would show.
    public static func number(_ value: Float) -> JSONValue {
        .number(Double(value.description) ?? Double(value))
    }
}

/// Names and values in the order they were added.
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public struct Field: Sendable, Hashable {
        public var name: String
        public var value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var fields: [Field]

    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// - Parameter fields: no two with the same name.
    public init(distinct fields: [Field]) {
        self.fields = fields
    }

    /// The value of `name`. Setting one that is there keeps its place; setting nil removes it.
    public subscript(name: String) -> JSONValue? {
        get { fields.first { $0.name == name }?.value }
        set {
            let index = fields.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): fields[index].value = value
            case (let index?, nil): fields.remove(at: index)
            case (nil, let value?): fields.append(Field(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Adds the fields of `other` behind the own ones; a name that is there keeps its own value.
    public mutating func append(_ other: JSONObject) {
        for field in other.fields where self[field.name] == nil { fields.append(field) }
    }

    /// The document in UTF-8.
    public var bytes: [UInt8] { JSONValue.object(self).bytes() }
}

/// Writes JSON (RFC 8259) on one line.
private struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let comma: String
    private let colon: String

    init(isSpaced: Bool) {
        (comma, colon) = isSpaced ? (", ", ": ") : (",", ":")
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: put("null")
        case .bool(let flag): put(flag ? "true" : "false")
        case .int(let number): put(String(number))
        case .number(let number): put(number.isFinite ? number.description : "null")
        case .string(let text): write(text)
        case .array(let values):
            put("[")
            for (index, value) in values.enumerated() {
                if index > 0 { put(comma) }
                write(value)
            }
            put("]")
        case .object(let object):
            put("{")
            for (index, field) in object.fields.enumerated() {
                if index > 0 { put(comma) }
                write(field.name)
                put(colon)
                write(field.value)
            }
            put("}")
        }
    }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func write(_ text: String) {
        put("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: put("\\n")
            case 0x0D: put("\\r")
            case 0x09: put("\\t")
            case ..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                put("\\u00")
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        put("\"")
    }
}
