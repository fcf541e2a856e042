// SPDX-License-Identifier: Apache-2.0
import CImage
public import Core

/// Turns picture files into frames: JPEG, PNG, WebP, GIF, BMP, PGM and PPM, each through the `ImageGate` first.
///
/// Keeps its JPEG machinery from picture to picture. Not `Sendable`: one decoder for each thread.
public final class ImageDecoder {
    public let limits: ImageLimits
    private var jpeg: JPEGDecoder?

    public init(limits: ImageLimits = .default) {
        self.limits = limits
    }

    /// Decodes one picture.
    /// - Parameters:
    ///   - bytes: the whole file; borrowed for the call.
    ///   - format: `gray8` or `bgr24`; for a 16-bit grey PNG also `depth16` and `disparity16`, whose values are kept exactly.
    ///   - prototype: names camera, lens, sequence and time of the frame; its size and format are replaced by the picture's.
    ///   - pool: where the frame's memory comes from; nil allocates it.
    /// - Throws: `CodecError`; `noFreeBuffer` when the pool is exhausted.
    public func decode(
        _ bytes: UnsafeRawBufferPointer, as format: PixelFormat, header prototype: FrameHeader, pool: FramePool? = nil
    ) throws(CodecError) -> Frame {
        let info = try ImageGate.inspect(bytes, limits: limits)
        let header = prototype.reshaped(width: info.width, height: info.height, format: format)
        guard let draft = pool.map({ $0.draft(header) }) ?? FramePool.standalone(header) else { throw .noFreeBuffer }
        try fill(draft, from: bytes, info)
        return draft.seal()
    }

    /// Decodes one picture into a buffer of the caller, whose header says the size and format it has to have.
    /// - Throws: `CodecError`; the buffer's content is then undefined.
    public func decode(_ bytes: UnsafeRawBufferPointer, into draft: borrowing FrameDraft) throws(CodecError) {
        let info = try ImageGate.inspect(bytes, limits: limits)
        let header = draft.header
        guard info.width == header.width, info.height == header.height else {
            throw .unsupported("\(info.width)×\(info.height) pixels where \(header.width)×\(header.height) are expected")
        }
        try fill(draft, from: bytes, info)
    }

    /// Decodes one picture; see the other `decode`.
    public func decode(
        _ bytes: [UInt8], as format: PixelFormat, header prototype: FrameHeader, pool: FramePool? = nil
    ) throws(CodecError) -> Frame {
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(CodecError) in try decode(raw, as: format, header: prototype, pool: pool) }
        }
        return try result.get()
    }

    private func fill(_ draft: borrowing FrameDraft, from bytes: UnsafeRawBufferPointer, _ info: ImageInfo) throws(CodecError) {
        let format = draft.header.format
        let layout = try ImageDecoder.layout(for: format, of: info)
        let error: CodecError?
        switch info.kind {
        case .jpeg:
            let decoder = try jpegDecoder()
            error = draft.withUnsafeMutableBytes {
                decoder.decode(bytes, width: info.width, height: info.height, to: $0, as: format)
            }
        case .png:
            error = draft.withUnsafeMutableBytes { PNGDecoder.decode(bytes, info, to: $0, as: layout) }
        case .pnm:
            let header = try PNMHeader(prefix: bytes, limits: limits)
            let payload = UnsafeRawBufferPointer(rebasing: bytes[header.payloadOffset...])
            draft.withUnsafeMutableBytes { header.convert(payload, to: $0, as: format) }
            error = nil
        case .webp:
            error = draft.withUnsafeMutableBytes { WebPDecoder.decode(bytes, info, to: $0, as: format) }
        case .gif:
            let picture = try GIFPicture(ByteView(bytes: bytes), limits: limits)
            error = draft.withUnsafeMutableBytes { picture.decode(to: $0, as: format) }
        case .bmp:
            let picture = try BMPPicture(ByteView(bytes: bytes), limits: limits)
            draft.withUnsafeMutableBytes { picture.decode(to: $0, as: format) }
            error = nil
        }
        if let error { throw error }
    }

    private func jpegDecoder() throws(CodecError) -> JPEGDecoder {
        if let jpeg { return jpeg }
        let fresh = try JPEGDecoder()
        jpeg = fresh
        return fresh
    }

    /// The pixel layout of `format`, if a picture like `info` can be turned into it.
    private static func layout(for format: PixelFormat, of info: ImageInfo) throws(CodecError) -> ci_layout {
        switch format {
        case .gray8: return CI_GRAY8
        case .bgr24: return CI_BGR24
        case .depth16, .disparity16:
            guard info.kind == .png, info.channels == 1, info.bitDepth == 16 else {
                throw .unsupported("a \(format.rawValue) picture must be a 16-bit grey PNG")
            }
            return CI_GRAY16
        case .bgrPlanar, .i420, .disparity8:
            throw .unsupported("decoding to \(format.rawValue); ask for gray8 or bgr24")
        }
    }
}
