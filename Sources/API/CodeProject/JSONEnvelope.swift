// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tasks

/// A request as JSON: `{"values":[{"Key":"min_confidence","Value":["0.4"]}],"files":[{"name":"image","data":"<base64>"}]}`.
/// Keys are the same in upper and lower case; a plain object of names and texts is taken for values, too.
struct JSONEnvelope {
    private(set) var values: [(name: String, value: String)] = []
    private(set) var files: [UploadedFile] = []
    private let maximumEntries: Int

    init(_ body: [UInt8], maximumEntries: Int) throws(JSONScanner.Failure) {
        self.maximumEntries = maximumEntries
        var scanner = JSONScanner(body)
        try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
            switch name.lowercased() {
            case "values" where scanner.isAtArray(): try readValues(&scanner)
            case "files" where scanner.isAtArray(): try readFiles(&scanner)
            default: try readPlain(&scanner, name)
            }
        }
        try scanner.end()
    }

    private mutating func readValues(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        try scanner.array { (scanner) throws(JSONScanner.Failure) in
            var (key, value) = ("", "")
            try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
                switch name.lowercased() {
                case "key": key = try scanner.text()
                case "value": value = try JSONEnvelope.firstText(&scanner)
                default: try scanner.skip()
                }
            }
            try add(key, value)
        }
    }

    private mutating func readFiles(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        try scanner.array { (scanner) throws(JSONScanner.Failure) in
            var file = UploadedFile(bytes: [])
            try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
                switch name.lowercased() {
                case "name": file.name = try scanner.text()
                case "filename": file.filename = try scanner.text()
                case "contenttype": file.contentType = try scanner.text()
                case "data": file.bytes = try JSONEnvelope.base64(&scanner)
                default: try scanner.skip()
                }
            }
            files.append(file)
            try checkCount()
        }
    }

    private mutating func readPlain(_ scanner: inout JSONScanner, _ name: String) throws(JSONScanner.Failure) {
        if scanner.isAtText() { try add(name, try scanner.text()) } else { try scanner.skip() }
    }

    private mutating func add(_ name: String, _ value: String) throws(JSONScanner.Failure) {
        values.append((name, value))
        try checkCount()
    }

    private func checkCount() throws(JSONScanner.Failure) {
        guard values.count + files.count <= maximumEntries else {
            throw JSONScanner.Failure(description: "the request has too many values and files; send at most \(maximumEntries)")
        }
    }

    /// A text, or the first of several.
    private static func firstText(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> String {
        guard scanner.isAtArray() else { return try scanner.text() }
        var first: String?
        try scanner.array { (scanner) throws(JSONScanner.Failure) in
            let text = try scanner.text()
            if first == nil { first = text }
        }
        return first ?? ""
    }

    /// A file's bytes, with or without a browser's `data:image/jpeg;base64,` before them.
    private static func base64(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [UInt8] {
        var text = try scanner.plainString()
        if text.starts(with: "data:".utf8), let comma = text.prefix(256).firstIndex(of: UInt8(ascii: ",")) {
            text = text[(comma + 1)...]
        }
        // Some writers of JSON escape the slash.
        let plain = text.contains(.backslash) ? Data(text.filter { $0 != .backslash }) : Data(text)
        guard let data = Data(base64Encoded: plain) else {
            throw JSONScanner.Failure(description: "the data of a file is not valid base64")
        }
        return Array(data)
    }
}
