// SPDX-License-Identifier: Apache-2.0
import Tasks

extension JSONValue {
    /// The number, however it was written; nil for anything else.
    var asNumber: Double? {
        switch self {
        case .int(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The value, or something short in its place: answers do not send a client's megabytes back.
    var brief: JSONValue {
        switch self {
        case .string(let text): .string(String(text.prefix(256)))
        case .array(let items): .array(items.prefix(16).map(\.brief))
        case .object(let object):
            .object(
                JSONObject(
                    distinct: object.fields.sorted { $0.name < $1.name }.prefix(32).map {
                        .init(name: $0.name, value: $0.value.brief)
                    }))
        case .null, .bool, .int, .number: self
        }
    }
}
