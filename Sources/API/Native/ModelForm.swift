// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Tasks

/// A model upload on its way to the disk: models are too large to be collected in memory.
struct ModelForm {
    private var parser: MultipartParser
    private let service: any ModelService
    private var upload = ModelUpload(path: "")
    /// The file being written, or nil within a field.
    private var file: UploadFile?
    private var part = MultipartPart(name: "")
    private var field: [UInt8] = []
    private var files: [UploadFile] = []

    private static let limits = MultipartLimits(totalBytes: 513 << 20, partBytes: 512 << 20, parts: 64)
    private static let maximumFieldBytes = 4096

    init(_ contentType: String, service: any ModelService) throws(MultipartError) {
        parser = try MultipartParser(contentType: contentType, limits: Self.limits)
        self.service = service
    }

    mutating func consume(_ piece: ByteBuffer) throws {
        var events: [MultipartParser.Event] = []
        try parser.consume(piece) { events.append($0) }
        for event in events { try take(event) }
    }

    /// - Throws: when the form has no file.
    mutating func finish() throws -> ModelUpload {
        try parser.finish()
        guard !upload.path.isEmpty else { throw ModelRefusal(.bad, "the form has no file \"model\"") }
        return upload
    }

    /// Removes what was written.
    func clear() {
        for file in files { file.remove() }
    }

    private mutating func take(_ event: MultipartParser.Event) throws {
        switch event {
        case .part(let next):
            part = next
            field = []
            if part.isFile { try open() }
        case .content(let piece):
            if let file {
                try Self.storing { () throws(PersistenceFailure) in try file.write(piece) }
            } else {
                field.append(contentsOf: piece.readableBytesView)
                guard field.count <= Self.maximumFieldBytes else {
                    throw MultipartError.tooLarge(what: "bytes of a field", limit: Self.maximumFieldBytes)
                }
            }
        case .partEnd: try endPart()
        }
    }

    private static func storing<Result>(
        _ body: () throws(PersistenceFailure) -> Result
    ) throws(ModelRefusal) -> Result {
        do {
            return try body()
        } catch {
            throw ModelRefusal(.storage, "the upload cannot be stored: \(error)")
        }
    }

    private mutating func open() throws {
        let path = try service.inbox()
        let file = try Self.storing { () throws(PersistenceFailure) in try UploadFile(path) }
        files.append(file)
        self.file = file
        switch part.name {
        case "manifest": upload.manifest = path
        case "data":
            guard let name = part.filename, !name.isEmpty, upload.data.updateValue(path, forKey: name) == nil else {
                throw ModelRefusal(.bad, "each file \"data\" of the form needs a file name of its own")
            }
        default:
            upload.path = path
            // The name without its ending is the model's, unless the form says another.
            let own = (part.filename ?? "").split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
            if upload.name == nil, let stem = own.split(separator: ".").first { upload.name = String(stem) }
        }
    }

    private mutating func endPart() throws {
        if let file {
            try Self.storing { () throws(PersistenceFailure) in try file.close() }
            self.file = nil
            return
        }
        let value = String(decoding: field, as: UTF8.self)
        guard !value.isEmpty else { return }
        switch part.name {
        case "name": upload.name = value
        case "role": upload.role = value
        case "sha256": upload.sha256 = value
        default: break
        }
    }
}
