// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import Tasks

/// Firmware on its way to the disk: the body as it is, or the file of a form.
struct FirmwareUpload {
    private let file: UploadFile
    private let maximum: Int
    /// nil for a body that is the file.
    private var parser: MultipartParser?
    private var isInFile: Bool
    private var files = 0
    private var written = 0

    /// Room for boundaries, headers and fields beside the file of a form, in bytes.
    private static let formOverhead = 64 << 10
    private static let maximumParts = 16

    /// - Parameters:
    ///   - contentType: of the request.
    ///   - path: where the file goes; there is nothing yet.
    ///   - maximum: of the file, in bytes.
    init(_ contentType: String, path: String, maximum: Int) throws {
        self.maximum = maximum
        let isForm = Self.isForm(contentType)
        parser = isForm ? try MultipartParser(contentType: contentType, limits: Self.limits(maximum)) : nil
        isInFile = !isForm
        file = try Self.storing { () throws(PersistenceFailure) in try UploadFile(path) }
    }

    /// The longest body that can be taken, in bytes.
    static func longestBody(_ contentType: String, maximum: Int) -> Int {
        isForm(contentType) ? maximum + formOverhead : maximum
    }

    private static func isForm(_ contentType: String) -> Bool { contentType.lowercased().hasPrefix("multipart/") }

    private static func limits(_ maximum: Int) -> MultipartLimits {
        MultipartLimits(totalBytes: maximum + formOverhead, partBytes: maximum, parts: maximumParts)
    }

    mutating func consume(_ piece: ByteBuffer) throws {
        guard parser != nil else { return try write(piece) }
        var events: [MultipartParser.Event] = []
        try parser?.consume(piece) { events.append($0) }
        for event in events { try take(event) }
    }

    /// Nothing more will come.
    /// - Throws: when the form is not whole or has no file.
    mutating func finish() throws {
        try parser?.finish()
        guard parser == nil || files == 1 else {
            throw HTTPError(
                status: .badRequest, code: "bad_form",
                message: "the form has no file; send the wheel as its file \"firmware\", or as the body itself")
        }
        try Self.storing { () throws(PersistenceFailure) in try file.close() }
    }

    var path: String { file.path }

    /// Removes what was written.
    func remove() { file.remove() }

    private mutating func take(_ event: MultipartParser.Event) throws {
        switch event {
        case .part(let part):
            isInFile = part.isFile
            if part.isFile { files += 1 }
            guard files <= 1 else {
                throw HTTPError(status: .badRequest, code: "bad_form", message: "the form has several files; send one at a time")
            }
        case .content(let piece): if isInFile { try write(piece) }
        case .partEnd: isInFile = false
        }
    }

    private mutating func write(_ piece: ByteBuffer) throws {
        written += piece.readableBytes
        guard written <= maximum else { throw MultipartError.tooLarge(what: "bytes of the file", limit: maximum) }
        try Self.storing { () throws(PersistenceFailure) in try file.write(piece) }
    }

    private static func storing<Result>(
        _ body: () throws(PersistenceFailure) -> Result
    ) throws(FirmwareRefusal) -> Result {
        do {
            return try body()
        } catch {
            throw FirmwareRefusal(.storage, "the upload cannot be stored: \(error)")
        }
    }
}
