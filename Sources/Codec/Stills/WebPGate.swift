// SPDX-License-Identifier: Apache-2.0

/// Reads the size of a WebP and walks its chunk lengths (RFC 9649).
enum WebPGate {
    private static let container: [UInt8] = Array("RIFF".utf8)
    private static let lossy = 0x2038_5056  // "VP8 "
    private static let lossless = 0x4C38_5056  // "VP8L"
    private static let extended = 0x5838_5056  // "VP8X"
    private static let exif = 0x4649_5845  // "EXIF"

    static func isWebP(_ view: ByteView) -> Bool {
        view.starts(with: container) && view.slice(at: 8, count: 4)?.starts(with: Array("WEBP".utf8)) == true
    }

    static func inspect(_ view: ByteView, limits: ImageLimits) throws(CodecError) -> ImageInfo {
        guard let length = view.littleEndian32(at: 4) else { throw .truncated("the WebP header") }
        guard length <= view.count - 8 else { throw .truncated("the WebP data") }
        var canvas: (width: Int, height: Int)?
        var info: ImageInfo?
        try forEachChunk(view) { (type, content) throws(CodecError) in
            switch type {
            case extended:
                guard let flags = content.byte(at: 0), content.count >= 10 else { throw .truncated("the WebP header") }
                guard flags & 0x02 == 0 else { throw .unsupported("animated WebP; send a still picture") }
                canvas = (1 + little24(content, 4), 1 + little24(content, 7))
            case lossy, lossless:
                guard info == nil else { throw .damaged("a second WebP picture") }
                let found = try type == lossy ? lossySize(content) : losslessSize(content)
                try limits.checkSize(width: found.width, height: found.height)
                info = ImageInfo(kind: .webp, width: found.width, height: found.height, channels: found.channels, bitDepth: 8)
            default: break
            }
        }
        guard let info else { throw .damaged("a WebP without a picture") }
        if let canvas, canvas != (info.width, info.height) { throw .damaged("a WebP whose canvas is not its picture's size") }
        return info
    }

    /// The content of the EXIF chunk, if there is one.
    static func exif(_ view: ByteView) -> ByteView? {
        var found: ByteView?
        try? forEachChunk(view) { (type, content) throws(CodecError) in
            if type == exif, found == nil { found = content }
        }
        return found
    }

    private static func forEachChunk(
        _ view: ByteView, _ body: (Int, ByteView) throws(CodecError) -> Void
    ) throws(CodecError) {
        guard let length = view.littleEndian32(at: 4) else { return }
        let end = min(view.count, 8 + length)
        var offset = 12
        while offset < end {
            guard let type = view.littleEndian32(at: offset), let size = view.littleEndian32(at: offset + 4),
                size <= end - offset - 8, let content = view.slice(at: offset + 8, count: size)
            else { throw .truncated("a WebP chunk") }
            try body(type, content)
            offset += 8 + size + (size & 1)
        }
    }

    private static func little24(_ view: ByteView, _ offset: Int) -> Int {
        (view.littleEndian16(at: offset) ?? 0) | Int(view.byte(at: offset + 2) ?? 0) << 16
    }

    /// The key frame header of VP8 (RFC 6386 9.1).
    private static func lossySize(_ content: ByteView) throws(CodecError) -> (width: Int, height: Int, channels: Int) {
        guard let tag = content.byte(at: 0), content.slice(at: 3, count: 3)?.starts(with: [0x9D, 0x01, 0x2A]) == true,
            let width = content.littleEndian16(at: 6), let height = content.littleEndian16(at: 8)
        else { throw .damaged("a WebP without a key frame") }
        guard tag & 1 == 0 else { throw .damaged("a WebP that does not start with a key frame") }
        return (width & 0x3FFF, height & 0x3FFF, 3)
    }

    /// The header of VP8L: 14 bits each of width − 1 and height − 1, then whether alpha is used.
    private static func losslessSize(_ content: ByteView) throws(CodecError) -> (width: Int, height: Int, channels: Int) {
        guard content.byte(at: 0) == 0x2F, let bits = content.littleEndian32(at: 1) else {
            throw .damaged("a WebP without its lossless header")
        }
        return (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), bits >> 28 & 1 == 1 ? 4 : 3)
    }
}
