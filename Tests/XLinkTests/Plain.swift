// SPDX-License-Identifier: Apache-2.0
import TestSupport
import XLink

extension NOPValue {
    /// As the rig's vectors write it down.
    var plain: JSONDocument {
        switch self {
        case .unsigned(let number): .number(Double(number))
        case .signed(let number): .number(Double(number))
        case .float(let number): .number(Double(number))
        case .double(let number): .number(number)
        case .structure(let values), .list(let values): .array(values.map(\.plain))
        case .map(let pairs): .object(Dictionary(uniqueKeysWithValues: pairs.map { ($0.key.name, $0.value.plain) }))
        case .bytes(let bytes): .object(["bytes": .string(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())])
        case .text(let text): .string(text)
        case .empty: .null
        }
    }

    private var name: String { if case .text(let text) = self { text } else { "?" } }
}

extension MessagePackValue {
    /// As the rig's vectors write it down.
    var plain: JSONDocument {
        switch self {
        case .empty: .null
        case .bool(let value): .bool(value)
        case .text(let text): .string(text)
        case .map(let members): .object(members.mapValues(\.plain))
        default: list.map { .array($0.map(\.plain)) } ?? .number(number ?? .nan)
        }
    }
}
