// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// Any JSON, with true and false told apart from one and zero.
public enum JSONDocument: Decodable, Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONDocument])
    case object([String: JSONDocument])

    public init(_ data: Data) throws {
        self = try JSONDecoder().decode(JSONDocument.self, from: data)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONDocument].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONDocument].self))
        }
    }

    /// A member of an object; nil for anything else.
    public subscript(_ name: String) -> JSONDocument? { object?[name] }

    public var object: [String: JSONDocument]? { if case .object(let value) = self { value } else { nil } }
    public var array: [JSONDocument]? { if case .array(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var number: Double? { if case .number(let value) = self { value } else { nil } }
}
