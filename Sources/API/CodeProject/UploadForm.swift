// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore
import Tasks

/// The values and files of a request, in whichever of the original's forms they came.
struct UploadForm {
    var values = TaskValues()
    var files: [UploadedFile] = []

    /// Why a body was not taken.
    enum Refusal: Error, CustomStringConvertible {
        /// The body is larger than any may be.
        case tooLarge
        /// All the memory for uploads, or this client's part of it, is in use.
        case busy
        /// The body is not what its type says.
        case malformed(String)

        var description: String {
            switch self {
            case .tooLarge: "the request is too large: \(UploadForm.maximumBytes) bytes at most"
            case .busy: "too many uploads are under way; try again in a moment"
            case .malformed(let problem): problem
            }
        }
    }

    /// The original's limit for a request, in bytes.
    static let maximumBytes = 30_000_000
    /// JSON holds files as text and so needs twice its size, and half again.
    private static let maximumJSONBytes = 16_000_000
    private static let maximumTextBytes = 4_000_000
    /// Fields and files of one form.
    static let maximumParts = 256

    /// Reads the query and then the body: of two values with one name the query's counts.
    /// - Throws: `Refusal`, as soon as it is clear; or an error of the connection.
    static func read(_ request: Request, account: UploadBudget.Account) async throws -> UploadForm {
        var form = UploadForm()
        for (name, value) in request.uri.queryParameters { form.values.add(String(name), String(value)) }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumBytes { throw Refusal.tooLarge }
        let type = HeaderParameters(request.headers[.contentType] ?? "")
        if type.value.hasPrefix("multipart/") {
            try await form.readMultipart(request, account)
        } else if type.value == "application/x-www-form-urlencoded" {
            let body = try await bytes(request, account, maximum: maximumTextBytes)
            try form.readPairs(body)
        } else if type.value == "application/json" {
            let body = try await bytes(request, account, maximum: maximumJSONBytes)
            if !body.isEmpty { try form.readEnvelope(body) }
        } else {
            let body = try await bytes(request, account, maximum: maximumBytes)
            if !body.isEmpty { form.files = [UploadedFile(contentType: type.value, bytes: body)] }
        }
        return form
    }

    private mutating func readMultipart(_ request: Request, _ account: UploadBudget.Account) async throws {
        let limits = MultipartLimits(totalBytes: Self.maximumBytes, partBytes: Self.maximumBytes, parts: Self.maximumParts)
        do {
            var form = try MultipartForm(contentType: request.headers[.contentType] ?? "", limits: limits)
            var length = 0
            for try await piece in request.body {
                guard account.take(piece.readableBytes) else { throw Refusal.busy }
                length += piece.readableBytes
                try form.consume(piece)
            }
            // Python's requests sends the type and no body when a form has no file.
            if length > 0 { try form.finish() }
            for field in form.fields { values.add(field.name, field.value) }
            files = form.files.map {
                UploadedFile(
                    name: $0.part.name, filename: $0.part.filename ?? "", contentType: $0.part.contentType, bytes: $0.bytes)
            }
        } catch let error as MultipartError {
            if case .tooLarge(_, Self.maximumBytes) = error { throw Refusal.tooLarge }
            throw Refusal.malformed(error.description)
        }
    }

    private mutating func readPairs(_ body: [UInt8]) throws(Refusal) {
        let pairs = body.split(separator: UInt8(ascii: "&"), maxSplits: Self.maximumParts)
        guard pairs.count <= Self.maximumParts else {
            throw .malformed("the form has too many fields; send at most \(Self.maximumParts)")
        }
        for pair in pairs {
            let parts = pair.split(separator: UInt8.equals, maxSplits: 1, omittingEmptySubsequences: false)
            values.add(FormText.decode(parts[0]), parts.count > 1 ? FormText.decode(parts[1]) : "")
        }
    }

    private mutating func readEnvelope(_ body: [UInt8]) throws(Refusal) {
        do {
            let envelope = try JSONEnvelope(body, maximumEntries: Self.maximumParts)
            for (name, value) in envelope.values { values.add(name, value) }
            files = envelope.files
        } catch {
            throw .malformed(error.description)
        }
    }

    /// The whole body.
    private static func bytes(_ request: Request, _ account: UploadBudget.Account, maximum: Int) async throws -> [UInt8] {
        var body: [UInt8] = []
        for try await piece in request.body {
            guard body.count + piece.readableBytes <= maximum else { throw Refusal.tooLarge }
            guard account.take(piece.readableBytes) else { throw Refusal.busy }
            body.append(contentsOf: piece.readableBytesView)
        }
        return body
    }
}
