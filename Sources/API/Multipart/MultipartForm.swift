// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// A form collected in memory while it arrives, within limits.
package struct MultipartForm: Sendable {
    /// A file of the form.
    package struct File: Sendable, Hashable {
        package var part: MultipartPart
        package var bytes: [UInt8]
    }

    private var parser: MultipartParser
    private var basket: Basket

    /// - Parameter contentType: the request's header, with its boundary.
    package init(contentType: String, limits: MultipartLimits) throws(MultipartError) {
        parser = try MultipartParser(contentType: contentType, limits: limits)
        basket = Basket(limits: limits)
    }

    /// The fields that are no files, in the order they were sent. Text that is no UTF-8 is repaired.
    package var fields: [(name: String, value: String)] { basket.fields }
    /// In the order they were sent. A file input that was left empty sends an empty file; it is not here.
    package var files: [File] { basket.files }

    /// Takes the next piece of the body.
    /// - Throws: `MultipartError`; the form is not to be used again.
    package mutating func consume(_ piece: ByteBuffer) throws {
        try parser.consume(piece) { try basket.take($0) }
    }

    /// To be called when the body has ended.
    package func finish() throws(MultipartError) {
        try parser.finish()
    }

    private struct Basket {
        let limits: MultipartLimits
        var fields: [(name: String, value: String)] = []
        var files: [File] = []
        private var part = MultipartPart(name: "")
        private var content: [UInt8] = []

        init(limits: MultipartLimits) {
            self.limits = limits
        }

        mutating func take(_ event: MultipartParser.Event) throws(MultipartError) {
            switch event {
            case .part(let next): part = next
            case .content(let piece):
                content.append(contentsOf: piece.readableBytesView)
                guard part.isFile || content.count <= limits.fieldBytes else {
                    throw .tooLarge(what: "bytes of the field \(part.name.prefix(64))", limit: limits.fieldBytes)
                }
            case .partEnd: endPart()
            }
        }

        private mutating func endPart() {
            if !part.isFile {
                fields.append((part.name, String(decoding: content, as: UTF8.self)))
            } else if !content.isEmpty || part.filename?.isEmpty == false {
                files.append(File(part: part, bytes: content))
            }
            content = []
        }
    }
}
