// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads JSON (RFC 8259) from front to back and keeps only what its caller asks for, so that a hostile document costs no
/// more memory than its own bytes.
struct JSONScanner {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    private static let maximumDepth = 32

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Calls `member` for each member of the object that stands here; it must read or skip the value.
    mutating func object(_ member: (inout JSONScanner, String) throws(Failure) -> Void) throws(Failure) {
        try list(from: "{", to: "}") { (scanner) throws(Failure) in
            let name = try scanner.string()
            try scanner.expect(":")
            try member(&scanner, name)
        }
    }

    /// Calls `element` for each element of the array that stands here; it must read or skip the value.
    mutating func array(_ element: (inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        try list(from: "[", to: "]", element)
    }

    private mutating func list(
        from open: Unicode.Scalar, to close: Unicode.Scalar, _ item: (inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try expect(open)
        depth += 1
        guard depth <= Self.maximumDepth else { throw failure("it is nested too deeply") }
        defer { depth -= 1 }
        if take(close) { return }
        repeat { try item(&self) } while take(",")
        try expect(close)
    }

    /// A string, a number, `true`, `false` or `null` as text; null is empty.
    mutating func text() throws(Failure) -> String {
        skipBlanks()
        if peek == UInt8(ascii: "\"") { return try string() }
        let word = try word()
        return word == "null" ? "" : word
    }

    /// The bytes between the quotes of a string without escapes, such as base64.
    mutating func plainString() throws(Failure) -> ArraySlice<UInt8> {
        try expect("\"")
        guard let end = bytes[index...].firstIndex(of: .quote) else { throw failure("a string does not end") }
        defer { index = end + 1 }
        return bytes[index..<end]
    }

    mutating func string() throws(Failure) -> String {
        try expect("\"")
        let start = index
        var hasEscapes = false
        while index < bytes.count, bytes[index] != .quote {
            if bytes[index] == .backslash {
                hasEscapes = true
                index += 1
            }
            index += 1
        }
        guard index < bytes.count else { throw failure("a string does not end") }
        defer { index += 1 }
        let body = bytes[start..<index]
        guard hasEscapes else { return String(decoding: body, as: UTF8.self) }
        let quoted = Data([.quote] + body + [.quote])
        guard let plain = try? JSONSerialization.jsonObject(with: quoted, options: .fragmentsAllowed) as? String else {
            throw failure("a string has a bad escape")
        }
        return plain
    }

    /// Passes over any value.
    mutating func skip() throws(Failure) {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): try object { (scanner, _) throws(Failure) in try scanner.skip() }
        case UInt8(ascii: "["): try array { (scanner) throws(Failure) in try scanner.skip() }
        case UInt8.quote: _ = try string()
        default: _ = try word()
        }
    }

    /// Whether the value that stands here is an array.
    mutating func isAtArray() -> Bool {
        skipBlanks()
        return peek == UInt8(ascii: "[")
    }

    /// Whether the value that stands here is text or a number and no list or object.
    mutating func isAtText() -> Bool {
        skipBlanks()
        return peek != UInt8(ascii: "[") && peek != UInt8(ascii: "{")
    }

    /// To be called behind the document.
    mutating func end() throws(Failure) {
        skipBlanks()
        guard index == bytes.count else { throw failure("something follows it") }
    }

    private mutating func word() throws(Failure) -> String {
        let start = index
        while let byte = peek, isWord(byte) { index += 1 }
        let word = String(decoding: bytes[start..<index], as: UTF8.self)
        guard ["true", "false", "null"].contains(word) || Double(word) != nil else { throw failure("a value is missing") }
        return word
    }

    private func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "E"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte = peek, [.space, .tab, .lineFeed, .carriageReturn].contains(byte) { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
        guard take(character) else { throw failure("\"\(character)\" is missing") }
    }

    private func failure(_ problem: String) -> Failure {
        Failure(description: "the body is not valid JSON: at byte \(index), \(problem)")
    }
}
