// SPDX-License-Identifier: Apache-2.0
import Foundation
package import NIOCore

/// Takes a multipart body (RFC 2046 §5.1, RFC 7578) apart while it arrives, in pieces of any size.
///
/// Pure: bytes in, events out. It keeps one piece and the beginning of a boundary at most, whatever the body's size:
///
///     var parser = try MultipartParser(contentType: "multipart/form-data; boundary=…", limits: limits)
///     for try await piece in body { try parser.consume(piece) { event in … } }
///     try parser.finish()
package struct MultipartParser {
    package enum Event: Sendable, Hashable {
        /// A part begins.
        case part(MultipartPart)
        /// A piece of the part's content, never empty.
        case content(ByteBuffer)
        /// The part is complete.
        case partEnd
    }

    package typealias Sink = (Event) throws -> Void

    private enum State {
        /// Before the first boundary.
        case preamble
        /// A boundary was read; what follows says whether it is the last.
        case boundaryEnd
        case headers
        /// The line end before a part's content, or its boundary.
        case contentStart
        case content
        /// Behind the closing boundary: whatever comes is of no interest.
        case epilogue
    }

    /// CRLF, two hyphens, the boundary.
    private let delimiter: [UInt8]
    private let limits: MultipartLimits
    private var state = State.preamble
    /// Read, but not yet understood.
    private var pending = ByteBuffer()
    private var total = 0
    private var preamble = 0
    private var parts = 0
    private var partBytes = 0

    /// White space some programs put behind a boundary, in bytes.
    private static let maximumPadding = 64
    /// Text before the first boundary, which nobody sends, in bytes.
    private static let maximumPreamble = 4096
    private static let blankLine: [UInt8] = [.carriageReturn, .lineFeed, .carriageReturn, .lineFeed]

    /// - Parameter contentType: the request's header, with its boundary.
    package init(contentType: String, limits: MultipartLimits) throws(MultipartError) {
        guard let boundary = HeaderParameters(contentType)["boundary"] else { throw .boundary("is missing") }
        try self.init(boundary: boundary, limits: limits)
    }

    /// - Parameter boundary: 1...70 characters of ASCII, as RFC 2046 has it.
    package init(boundary: String, limits: MultipartLimits) throws(MultipartError) {
        guard (1...70).contains(boundary.utf8.count) else { throw .boundary("must have 1 to 70 characters") }
        guard boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .boundary("may hold plain ASCII only") }
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.limits = limits
        // The first boundary has no line before it; with this one all boundaries look alike.
        pending.writeBytes([.carriageReturn, .lineFeed])
    }

    /// Whether the closing boundary was read.
    package var isComplete: Bool { state == .epilogue }

    /// Takes the next piece and reports what it completes.
    /// - Throws: `MultipartError`, after which the parser is not to be used again; and whatever `sink` throws.
    package mutating func consume(_ piece: ByteBuffer, _ sink: Sink) throws {
        total += piece.readableBytes
        guard total <= limits.totalBytes else {
            throw MultipartError.tooLarge(what: "bytes of the whole body", limit: limits.totalBytes)
        }
        if pending.readableBytes == 0 { pending = piece } else { pending.writeImmutableBuffer(piece) }
        while try advance(sink) {}
        if state == .epilogue || pending.readableBytes == 0 {
            pending = ByteBuffer()
        } else {
            pending.discardReadBytes()
        }
    }

    /// To be called when the body has ended.
    package func finish() throws(MultipartError) {
        guard isComplete else { throw .truncated }
    }

    /// One step; false when it needs more bytes.
    private mutating func advance(_ sink: Sink) throws -> Bool {
        switch state {
        case .preamble: try skipPreamble()
        case .boundaryEnd: try readBoundaryEnd()
        case .headers: try readHeaders(sink)
        case .contentStart: try readContentStart(sink)
        case .content: try readContent(sink)
        case .epilogue: false
        }
    }

    private mutating func skipPreamble() throws(MultipartError) -> Bool {
        let skipped: Int
        switch pending.search(for: delimiter) {
        case .whole(let offset):
            pending.moveReaderIndex(forwardBy: offset + delimiter.count)
            state = .boundaryEnd
            return true
        case .beginning(let offset): skipped = offset
        case .nowhere: skipped = pending.readableBytes
        }
        preamble += skipped
        guard preamble <= Self.maximumPreamble else {
            throw .malformed("it does not begin with the boundary the Content-Type names")
        }
        pending.moveReaderIndex(forwardBy: skipped)
        return false
    }

    private mutating func readBoundaryEnd() throws(MultipartError) -> Bool {
        let view = pending.readableBytesView
        if view.starts(with: [.hyphen, .hyphen]) {
            state = .epilogue
            return true
        }
        if view.count < 2, view.first == .hyphen { return false }
        let padding = view.prefix { $0 == .space || $0 == .tab }.count
        guard padding <= Self.maximumPadding else { throw .malformed("a boundary is followed by too much white space") }
        let rest = view.dropFirst(padding)
        guard rest.starts(with: [.carriageReturn, .lineFeed]) else {
            if rest.isEmpty || rest.count == 1 && rest.first == .carriageReturn { return false }
            throw .malformed("a boundary is not followed by the end of its line")
        }
        parts += 1
        guard parts <= limits.parts else { throw .tooLarge(what: "parts of the form", limit: limits.parts) }
        // The line's end stays: header lines are searched for an empty line, which may be the first.
        pending.moveReaderIndex(forwardBy: padding)
        state = .headers
        return true
    }

    private mutating func readHeaders(_ sink: Sink) throws -> Bool {
        guard case .whole(let length) = pending.search(for: Self.blankLine) else {
            guard pending.readableBytes <= limits.headerBytes else { throw tooMuchHeader }
            return false
        }
        guard length <= limits.headerBytes else { throw tooMuchHeader }
        let lines = pending.readBytes(length: length) ?? []
        let part = try MultipartPart(headerLines: lines)
        // The second line end of the blank line stays: an empty part may have its boundary right behind it.
        pending.moveReaderIndex(forwardBy: 2)
        state = .contentStart
        partBytes = 0
        try sink(.part(part))
        return true
    }

    private var tooMuchHeader: MultipartError { .tooLarge(what: "bytes of a part's headers", limit: limits.headerBytes) }

    /// Drops the line end before the content, unless it already belongs to a boundary.
    private mutating func readContentStart(_ sink: Sink) throws -> Bool {
        switch pending.search(for: delimiter) {
        case .whole(0): return try endPart(sink)
        case .beginning(0): return false
        default:
            pending.moveReaderIndex(forwardBy: 2)
            state = .content
            return true
        }
    }

    private mutating func readContent(_ sink: Sink) throws -> Bool {
        switch pending.search(for: delimiter) {
        case .whole(let offset):
            try emit(offset, sink)
            return try endPart(sink)
        case .beginning(let offset): try emit(offset, sink)
        case .nowhere: try emit(pending.readableBytes, sink)
        }
        return false
    }

    private mutating func endPart(_ sink: Sink) throws -> Bool {
        pending.moveReaderIndex(forwardBy: delimiter.count)
        state = .boundaryEnd
        try sink(.partEnd)
        return true
    }

    private mutating func emit(_ length: Int, _ sink: Sink) throws {
        partBytes += length
        guard partBytes <= limits.partBytes else {
            throw MultipartError.tooLarge(what: "bytes of one part", limit: limits.partBytes)
        }
        guard length > 0, let content = pending.readSlice(length: length) else { return }
        try sink(.content(content))
    }
}

extension ByteBuffer {
    /// Where a delimiter stands in the readable bytes.
    fileprivate enum Place {
        /// Offset of its end from the reader index, in bytes.
        case whole(Int)
        /// Its beginning, at the very end of what is there.
        case beginning(Int)
        case nowhere
    }

    /// Looks for a delimiter. Its first byte hardly comes again in it, so no byte is compared more than twice.
    fileprivate func search(for delimiter: [UInt8]) -> Place {
        withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return .nowhere }
            return delimiter.withUnsafeBytes { delimiter in
                guard let first = delimiter.first, let pattern = delimiter.baseAddress else { return .nowhere }
                var offset = 0
                while let hit = memchr(base + offset, Int32(first), bytes.count - offset) {
                    let start = base.distance(to: UnsafeRawPointer(hit))
                    let length = min(delimiter.count, bytes.count - start)
                    if memcmp(base + start, pattern, length) == 0 {
                        return length == delimiter.count ? .whole(start) : .beginning(start)
                    }
                    offset = start + 1
                }
                return .nowhere
            }
        }
    }
}
