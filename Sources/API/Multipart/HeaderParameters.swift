// SPDX-License-Identifier: Apache-2.0

/// A header value such as `form-data; name="image"; filename="a.jpg"`: a word and named parameters (RFC 9110 §5.6.6).
package struct HeaderParameters: Sendable, Hashable {
    /// What stands before the first semicolon, in lower case.
    package let value: String
    private let parameters: [(name: String, value: String)]

    /// Reads what can be read: browsers and scripts quote file names in many ways, and none of them is dangerous.
    package init(_ text: some StringProtocol) {
        var scanner = Scanner(bytes: Array(text.utf8))
        value = scanner.word(until: [.semicolon]).lowercased()
        var parameters: [(name: String, value: String)] = []
        while scanner.skip(.semicolon) {
            let name = scanner.word(until: [.semicolon, .equals]).lowercased()
            guard scanner.skip(.equals) else { continue }
            parameters.append((name, scanner.parameterValue()))
        }
        self.parameters = parameters
    }

    /// The first parameter of that name, which is given in lower case.
    package subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    package static func == (left: HeaderParameters, right: HeaderParameters) -> Bool {
        left.value == right.value && left.parameters.elementsEqual(right.parameters, by: ==)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(value)
        for parameter in parameters { hasher.combine(parameter.name) }
    }

    private struct Scanner {
        let bytes: [UInt8]
        var index = 0

        mutating func skip(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func word(until ends: [UInt8]) -> String {
            let start = index
            while index < bytes.count, !ends.contains(bytes[index]) { index += 1 }
            return Self.trimmed(bytes[start..<index])
        }

        /// A token, or a quoted string. Browsers write `%22` for a quote and leave backslashes alone; others escape with them.
        mutating func parameterValue() -> String {
            while index < bytes.count, bytes[index] == .space || bytes[index] == .tab { index += 1 }
            guard skip(.quote) else { return word(until: [.semicolon]) }
            var value: [UInt8] = []
            while index < bytes.count, bytes[index] != .quote {
                if bytes[index] == .backslash, index + 1 < bytes.count, [.quote, .backslash].contains(bytes[index + 1]) {
                    index += 1
                }
                value.append(bytes[index])
                index += 1
            }
            _ = word(until: [.semicolon])
            return String(decoding: value, as: UTF8.self)
        }

        private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
            let isBlank = { (byte: UInt8) in byte == .space || byte == .tab }
            let rest = bytes.drop(while: isBlank)
            let end = rest.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? rest.startIndex
            return String(decoding: rest[..<end], as: UTF8.self)
        }
    }
}

extension UInt8 {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
    static let hyphen = UInt8(ascii: "-")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let equals = UInt8(ascii: "=")
    static let backslash = UInt8(ascii: "\\")
}
