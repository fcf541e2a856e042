// SPDX-License-Identifier: Apache-2.0

extension MessagePackValue {
    /// The value as JSON, for readers of the vendor's JSON files and for crash reports. Numbers that are not finite become null.
    public var json: String {
        switch self {
        case .empty: "null"
        case .bool(let value): value ? "true" : "false"
        case .unsigned(let number): String(number)
        case .negative(let number): String(number)
        case .float(let number): number.isFinite ? String(number) : "null"
        case .text(let text): MessagePackValue.quoted(text)
        case .list(let values): "[\(values.map(\.json).joined(separator: ","))]"
        case .map(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\(MessagePackValue.quoted($0.key)):\($0.value.json)" }.joined(separator: ","))}"
        case .octets(let octets), .binary(let octets): "[\(octets.map(String.init).joined(separator: ","))]"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
