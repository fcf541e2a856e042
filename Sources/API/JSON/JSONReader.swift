// SPDX-License-Identifier: Apache-2.0
import Tasks

/// Reads the JSON (RFC 8259) that clients send, from front to back. Whoever asks for single members keeps only those, so that
/// a hostile document costs no more memory than its own bytes.
struct JSONReader {
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
    mutating func object(_ member: (inout JSONReader, String) throws(Failure) -> Void) throws(Failure) {
        try list(from: "{", to: "}") { (reader) throws(Failure) in
            let name = try reader.string()
            try reader.expect(":")
            try member(&reader, name)
        }
    }

    /// Calls `element` for each element of the array that stands here; it must read or skip the value.
    mutating func array(_ element: (inout JSONReader) throws(Failure) -> Void) throws(Failure) {
        try list(from: "[", to: "]", element)
    }

    private mutating func list(
        from open: Unicode.Scalar, to close: Unicode.Scalar, _ item: (inout JSONReader) throws(Failure) -> Void
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
        var plain: [UInt8] = []
        var start = index
        while let byte = peek {
            switch byte {
            case .quote:
                let rest = bytes[start..<index]
                index += 1
                return plain.isEmpty ? String(decoding: rest, as: UTF8.self) : String(decoding: plain + rest, as: UTF8.self)
            case .backslash:
                plain += bytes[start..<index]
                index += 1
                plain += try unescaped()
                start = index
            case ..<UInt8.space: throw failure("a string holds a control character")
            default: index += 1
            }
        }
        throw failure("a string does not end")
    }

    /// Any value, whole.
    mutating func value() throws(Failure) -> JSONValue {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): return .object(try fields())
        case UInt8(ascii: "["):
            var items: [JSONValue] = []
            try array { (reader) throws(Failure) in items.append(try reader.value()) }
            return .array(items)
        case UInt8.quote: return .string(try string())
        default: return try plainValue()
        }
    }

    /// The object that stands here; of two members with one name the later counts.
    private mutating func fields() throws(Failure) -> JSONObject {
        var fields: [JSONObject.Field] = []
        var places: [String: Int] = [:]
        try object { (reader, name) throws(Failure) in
            let field = JSONObject.Field(name: name, value: try reader.value())
            if let place = places[name] {
                fields[place] = field
            } else {
                places[name] = fields.count
                fields.append(field)
            }
        }
        return JSONObject(distinct: fields)
    }

    private mutating func plainValue() throws(Failure) -> JSONValue {
        let word = try word()
        switch word {
        case "null": return .null
        case "true", "false": return .bool(word == "true")
        default:
            if let whole = Int(word) { return .int(whole) }
            guard let number = Double(word), number.isFinite else { throw failure("a number is out of range") }
            return .number(number)
        }
    }

    /// Passes over any value.
    mutating func skip() throws(Failure) {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): try object { (reader, _) throws(Failure) in try reader.skip() }
        case UInt8(ascii: "["): try array { (reader) throws(Failure) in try reader.skip() }
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
        let word = bytes[start..<index]
        let text = String(decoding: word, as: UTF8.self)
        guard ["true", "false", "null"].contains(text) || Self.isNumber(word) else { throw failure("a value is missing") }
        return text
    }

    /// Whether it is a number of RFC 8259: no plus before it, no zeros too many, digits on both sides of the point.
    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        var rest = word.first == UInt8(ascii: "-") ? word.dropFirst() : word
        let leadsWithZero = rest.first == UInt8(ascii: "0")
        let whole = takeDigits(&rest)
        guard whole == 1 || whole > 1 && !leadsWithZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard takeDigits(&rest) > 0 else { return false }
        }
        if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if let sign = rest.first, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(sign) { rest = rest.dropFirst() }
            guard takeDigits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    /// The bytes of the escape whose backslash was read.
    private mutating func unescaped() throws(Failure) -> [UInt8] {
        guard let kind = peek else { throw failure("a string does not end") }
        index += 1
        switch kind {
        case .quote, .backslash, UInt8(ascii: "/"): return [kind]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [.lineFeed]
        case UInt8(ascii: "r"): return [.carriageReturn]
        case UInt8(ascii: "t"): return [.tab]
        case UInt8(ascii: "u"): return Array(String(Character(try escapedScalar())).utf8)
        default: throw failure("a string has a bad escape")
        }
    }

    /// What `\u` names, in one escape or, beyond the first 65 536 characters, in two.
    private mutating func escapedScalar() throws(Failure) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), bytes[index...].starts(with: [.backslash, UInt8(ascii: "u")]) else {
            throw failure("a string has a bad escape")
        }
        index += 2
        let second = try codeUnit()
        let value = 0x10000 + (UInt32(first) & 0x3FF) << 10 + UInt32(second) & 0x3FF
        guard UTF16.isTrailSurrogate(second), let scalar = Unicode.Scalar(value) else {
            throw failure("a string has a bad escape")
        }
        return scalar
    }

    private mutating func codeUnit() throws(Failure) -> UInt16 {
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16),
            digits.first != UInt8(ascii: "+")
        else { throw failure("a string has a bad escape") }
        index += 4
        return unit
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

extension JSONValue {
    /// Reads a whole document.
    init(json bytes: some Sequence<UInt8>) throws(JSONReader.Failure) {
        var reader = JSONReader(Array(bytes))
        self = try reader.value()
        try reader.end()
    }

    /// A member of an object; nil for anything else.
    subscript(name: String) -> JSONValue? {
        if case .object(let object) = self { object[name] } else { nil }
    }
}
