// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tasks

/// A request as JSON: `{"values":[{"Key":"min_confidence","Value":["0.4"]}],"files":[{"name":"image","data":"<base64>"}]}`.
/// Keys are the same in upper and lower case; a plain object of names and texts is taken for values, too.
struct JSONEnvelope {
    private(set) var values: [(name: String, value: String)] = []
    private(set) var files: [UploadedFile] = []
    private let maximumEntries: Int

    init(_ body: [UInt8], maximumEntries: Int) throws(JSONReader.Failure) {
        self.maximumEntries = maximumEntries
        var reader = JSONReader(body)
        try reader.object { (reader, name) throws(JSONReader.Failure) in
            switch name.lowercased() {
            case "values" where reader.isAtArray(): try readValues(&reader)
            case "files" where reader.isAtArray(): try readFiles(&reader)
            default: try readPlain(&reader, name)
            }
        }
        try reader.end()
    }

    private mutating func readValues(_ reader: inout JSONReader) throws(JSONReader.Failure) {
        try reader.array { (reader) throws(JSONReader.Failure) in
            var (key, value) = ("", "")
            try reader.object { (reader, name) throws(JSONReader.Failure) in
                switch name.lowercased() {
                case "key": key = try reader.text()
                case "value": value = try JSONEnvelope.firstText(&reader)
                default: try reader.skip()
                }
            }
            try add(key, value)
        }
    }

    private mutating func readFiles(_ reader: inout JSONReader) throws(JSONReader.Failure) {
        try reader.array { (reader) throws(JSONReader.Failure) in
            var file = UploadedFile(bytes: [])
            try reader.object { (reader, name) throws(JSONReader.Failure) in
                switch name.lowercased() {
                case "name": file.name = try reader.text()
                case "filename": file.filename = try reader.text()
                case "contenttype": file.contentType = try reader.text()
                case "data": file.bytes = try JSONEnvelope.base64(&reader)
                default: try reader.skip()
                }
            }
            files.append(file)
            try checkCount()
        }
    }

    private mutating func readPlain(_ reader: inout JSONReader, _ name: String) throws(JSONReader.Failure) {
        if reader.isAtText() { try add(name, try reader.text()) } else { try reader.skip() }
    }

    private mutating func add(_ name: String, _ value: String) throws(JSONReader.Failure) {
        values.append((name, value))
        try checkCount()
    }

    private func checkCount() throws(JSONReader.Failure) {
        guard values.count + files.count <= maximumEntries else {
            throw JSONReader.Failure(description: "the request has too many values and files; send at most \(maximumEntries)")
        }
    }

    /// A text, or the first of several.
    private static func firstText(_ reader: inout JSONReader) throws(JSONReader.Failure) -> String {
        guard reader.isAtArray() else { return try reader.text() }
        var first: String?
        try reader.array { (reader) throws(JSONReader.Failure) in
            let text = try reader.text()
            if first == nil { first = text }
        }
        return first ?? ""
    }

    /// A file's bytes, with or without a browser's `data:image/jpeg;base64,` before them.
    private static func base64(_ reader: inout JSONReader) throws(JSONReader.Failure) -> [UInt8] {
        var text = try reader.plainString()
        if text.starts(with: "data:".utf8), let comma = text.prefix(256).firstIndex(of: UInt8(ascii: ",")) {
            text = text[(comma + 1)...]
        }
        // Some writers of JSON escape the slash.
        let plain = text.contains(.backslash) ? Data(text.filter { $0 != .backslash }) : Data(text)
        guard let data = Data(base64Encoded: plain) else {
            throw JSONReader.Failure(description: "the data of a file is not valid base64")
        }
        return Array(data)
    }
}
