// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Any JSON, as a client sent it.
enum ReceivedJSON: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([ReceivedJSON])
    case object([String: ReceivedJSON])

    /// Reads a document.
    /// - Throws: a description of what is wrong.
    init(_ bytes: some Collection<UInt8>) throws {
        self = try JSONDecoder().decode(ReceivedJSON.self, from: Data(bytes))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([ReceivedJSON].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: ReceivedJSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value):
            if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    subscript(_ key: String) -> ReceivedJSON? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    /// The value, or something short in its place: answers do not send a client's megabytes back.
    var brief: ReceivedJSON {
        switch self {
        case .text(let text): .text(String(text.prefix(256)))
        case .list(let list): .list(list.prefix(16).map(\.brief))
        case .object(let fields):
            .object(
                Dictionary(uniqueKeysWithValues: fields.sorted { $0.key < $1.key }.prefix(32).map { ($0.key, $0.value.brief) }))
        case .null, .bool, .number: self
        }
    }
}
