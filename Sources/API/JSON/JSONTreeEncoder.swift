// SPDX-License-Identifier: Apache-2.0
import Tasks

extension JSONValue {
    /// The tree of anything `Encodable`, for the one writer of JSON. Names stand in alphabetical order, so that equal values
    /// give equal bytes; whole numbers have no point.
    /// - Throws: `EncodingError` for a number that is not finite: better none than another.
    init(encoding value: some Encodable) throws {
        let node = JSONNode()
        try node.put(value, at: [])
        self = node.value
    }
}

/// A place of the tree while it grows.
private final class JSONNode {
    private enum Kind {
        case plain(JSONValue)
        case list
        case object
    }

    private var kind = Kind.plain(.null)
    private var items: [JSONNode] = []
    private var fields: [String: JSONNode] = [:]

    var value: JSONValue {
        switch kind {
        case .plain(let value): value
        case .list: .array(items.map(\.value))
        case .object:
            .object(JSONObject(distinct: fields.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value.value) }))
        }
    }

    var count: Int { items.count }

    func put<Value: Encodable>(_ value: Value, at path: [any CodingKey]) throws {
        guard let leaf = value as? any JSONLeaf else {
            return try value.encode(to: JSONTreeEncoder(node: self, codingPath: path))
        }
        guard let plain = leaf.json else {
            throw EncodingError.invalidValue(value, .init(codingPath: path, debugDescription: "\(value) is not a finite number"))
        }
        kind = .plain(plain)
    }

    func becomeList() { kind = .list }

    func becomeObject() { kind = .object }

    func append() -> JSONNode {
        let node = JSONNode()
        items.append(node)
        return node
    }

    func field(_ name: String) -> JSONNode {
        let node = JSONNode()
        fields[name] = node
        return node
    }
}

/// What JSON has a notation for; nil for a number that it has none for.
private protocol JSONLeaf {
    var json: JSONValue? { get }
}

extension JSONLeaf where Self: BinaryInteger {
    var json: JSONValue? { Int(exactly: self).map(JSONValue.int) ?? .number(Double(self)) }
}

extension Int: JSONLeaf {}
extension Int8: JSONLeaf {}
extension Int16: JSONLeaf {}
extension Int32: JSONLeaf {}
extension Int64: JSONLeaf {}
extension UInt: JSONLeaf {}
extension UInt8: JSONLeaf {}
extension UInt16: JSONLeaf {}
extension UInt32: JSONLeaf {}
extension UInt64: JSONLeaf {}

extension Bool: JSONLeaf {
    fileprivate var json: JSONValue? { .bool(self) }
}

extension String: JSONLeaf {
    fileprivate var json: JSONValue? { .string(self) }
}

extension Double: JSONLeaf {
    fileprivate var json: JSONValue? {
        guard isFinite else { return nil }
        // Up to 2⁵³ every whole number is itself.
        return magnitude <= 0x1p53 ? Int(exactly: self).map(JSONValue.int) ?? .number(self) : .number(self)
    }
}

extension Float: JSONLeaf {
    fileprivate var json: JSONValue? { (Double(description) ?? Double(self)).json }
}

private struct JSONTreeEncoder: Encoder, SingleValueEncodingContainer {
    let node: JSONNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.becomeObject()
        return KeyedEncodingContainer(Fields<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.becomeList()
        return Items(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// A fresh node is null.
    func encodeNil() {}

    func encode<Value: Encodable>(_ value: Value) throws { try node.put(value, at: codingPath) }

    private struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let node: JSONNode
        let codingPath: [any CodingKey]

        func encodeNil(forKey key: Key) { _ = node.field(key.stringValue) }

        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            try node.field(key.stringValue).put(value, at: codingPath + [key])
        }

        func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
            encoder(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }

        func superEncoder() -> any Encoder { JSONTreeEncoder(node: node.field("super"), codingPath: codingPath) }

        func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }

        private func encoder(_ key: Key) -> JSONTreeEncoder {
            JSONTreeEncoder(node: node.field(key.stringValue), codingPath: codingPath + [key])
        }
    }

    private struct Items: UnkeyedEncodingContainer {
        let node: JSONNode
        let codingPath: [any CodingKey]
        var count: Int { node.count }

        func encodeNil() { _ = node.append() }

        func encode<Value: Encodable>(_ value: Value) throws { try node.append().put(value, at: codingPath) }

        func nestedContainer<Nested>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            encoder.container(keyedBy: type)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.unkeyedContainer() }

        func superEncoder() -> any Encoder { encoder }

        private var encoder: JSONTreeEncoder { JSONTreeEncoder(node: node.append(), codingPath: codingPath) }
    }
}
