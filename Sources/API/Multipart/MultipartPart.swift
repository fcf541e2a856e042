// SPDX-License-Identifier: Apache-2.0

/// What the headers of one part say.
package struct MultipartPart: Sendable, Hashable {
    /// The form field's name; empty when the part has none.
    package var name: String
    /// nil when the part names no file. `filename*` (RFC 8187) is no name a form may use (RFC 7578 §4.2) and is ignored.
    package var filename: String?
    /// As the client says, such as `image/jpeg`; empty when it says nothing.
    package var contentType: String

    package init(name: String, filename: String? = nil, contentType: String = "") {
        self.name = name
        self.filename = filename
        self.contentType = contentType
    }

    /// Whether the part is a file: it names one, or its content is declared to be something else than text.
    package var isFile: Bool {
        if let filename { return !filename.isEmpty || !contentType.isEmpty }
        return !contentType.isEmpty && !contentType.hasPrefix("text/") && !contentType.hasPrefix("application/json")
    }

    /// Reads the header lines of a part, without the empty line behind them.
    init(headerLines: [UInt8]) throws(MultipartError) {
        self.init(name: "")
        for line in headerLines.split(separator: .lineFeed) {
            let line = line.last == .carriageReturn ? line.dropLast() : line
            guard let colon = line.firstIndex(of: .colon) else {
                if line.isEmpty { continue }
                throw .malformed("a part has a header line without a colon")
            }
            let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition":
                let disposition = HeaderParameters(value)
                name = disposition["name"] ?? ""
                filename = disposition["filename"]
            case "content-type": contentType = HeaderParameters(value).value
            case "content-transfer-encoding": try MultipartPart.checkEncoding(HeaderParameters(value).value)
            default: break
            }
        }
    }

    /// Forms send bytes as they are (RFC 7578 §4.7).
    private static func checkEncoding(_ encoding: String) throws(MultipartError) {
        guard ["", "binary", "8bit", "7bit"].contains(encoding) else {
            throw .malformed("a part is encoded as \(encoding.prefix(32)); send it as binary")
        }
    }
}
