// SPDX-License-Identifier: Apache-2.0

/// The check every picture passes before a decoder sees it: reads headers and chunk lengths only, so that a hostile
/// file costs microseconds and no memory.
public enum ImageGate {
    /// Says what the picture is, or why it is refused.
    ///
    /// Reads each byte at most once and nothing outside `bytes`.
    /// - Parameter bytes: the whole file; borrowed for the call.
    public static func inspect(_ bytes: UnsafeRawBufferPointer, limits: ImageLimits = .default) throws(CodecError) -> ImageInfo {
        guard bytes.count <= limits.maximumBytes else {
            throw .tooLarge(what: "bytes", value: bytes.count, limit: limits.maximumBytes)
        }
        let view = ByteView(bytes: bytes)
        if view.starts(with: JPEGGate.signature) { return try JPEGGate.inspect(view, limits: limits) }
        if view.starts(with: PNGGate.signature) { return try PNGGate.inspect(view, limits: limits) }
        if PNMHeader.isPNM(view) { return try PNMHeader.inspect(view, limits: limits) }
        if WebPGate.isWebP(view) { return try WebPGate.inspect(view, limits: limits) }
        if GIFPicture.isGIF(view) { return try GIFPicture(view, limits: limits).info }
        if BMPPicture.isBMP(view) { return try BMPPicture(view, limits: limits).info }
        throw .unknownKind
    }

    /// Reads only as far as the size, from the first bytes of a file: enough to compare pictures, not to trust one.
    /// - Parameter prefix: the beginning of the file; borrowed for the call.
    /// - Throws: `CodecError.truncated` when the size stands further on than `prefix` reaches.
    public static func peek(_ prefix: UnsafeRawBufferPointer, limits: ImageLimits = .default) throws(CodecError) -> ImageInfo {
        let view = ByteView(bytes: prefix)
        if view.starts(with: JPEGGate.signature) { return try JPEGGate.peek(view, limits: limits) }
        if view.starts(with: PNGGate.signature) { return try PNGGate.imageHeader(view, limits: limits) }
        return try PNMHeader(view, limits: limits).info
    }

    /// Whether the bytes begin as a JPEG does.
    static func isJPEG(_ bytes: UnsafeRawBufferPointer) -> Bool { ByteView(bytes: bytes).starts(with: JPEGGate.signature) }

    /// Says what the picture is, or why it is refused.
    public static func inspect(_ bytes: [UInt8], limits: ImageLimits = .default) throws(CodecError) -> ImageInfo {
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(CodecError) in try inspect(raw, limits: limits) }
        }
        return try result.get()
    }
}
