// SPDX-License-Identifier: Apache-2.0

/// Reads the header of a PNG (ISO/IEC 15948) and walks its chunk lengths to the end mark.
enum PNGGate {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private static let header = 0x4948_4452  // IHDR
    private static let data = 0x4944_4154  // IDAT
    private static let end = 0x4945_4E44  // IEND

    static func inspect(_ view: ByteView, limits: ImageLimits) throws(CodecError) -> ImageInfo {
        let info = try imageHeader(view, limits: limits)
        var offset = signature.count
        var hasData = false
        while let length = view.bigEndian32(at: offset), let type = view.bigEndian32(at: offset + 4) {
            // Length, type and checksum are 12 bytes around the content.
            guard length <= view.count - offset - 12 else { throw .truncated("a PNG chunk") }
            if type == data { hasData = true }
            if type == header, offset != signature.count { throw .damaged("a second PNG header") }
            if type == end {
                guard hasData else { throw .damaged("a PNG without picture data") }
                return info
            }
            offset += 12 + length
        }
        throw .truncated("the PNG data")
    }

    /// The header alone.
    static func imageHeader(_ view: ByteView, limits: ImageLimits) throws(CodecError) -> ImageInfo {
        guard let length = view.bigEndian32(at: 8), let type = view.bigEndian32(at: 12),
            let width = view.bigEndian32(at: 16), let height = view.bigEndian32(at: 20),
            let depth = view.byte(at: 24), let color = view.byte(at: 25), let compression = view.byte(at: 26),
            let filter = view.byte(at: 27), let interlace = view.byte(at: 28)
        else { throw .truncated("the PNG header") }
        guard type == header, length == 13 else { throw .damaged("a PNG that does not start with its header") }
        guard let channels = channels(color: color, depth: depth) else {
            throw .damaged("PNG colour type \(color) with \(depth) bits")
        }
        guard compression == 0, filter == 0, interlace <= 1 else { throw .damaged("an unknown PNG coding") }
        try limits.checkSize(width: width, height: height)
        return ImageInfo(kind: .png, width: width, height: height, channels: channels, bitDepth: Int(depth))
    }

    /// Samples per pixel for the combinations the standard allows (table 11.1).
    private static func channels(color: UInt8, depth: UInt8) -> Int? {
        switch (color, depth) {
        case (0, 1), (0, 2), (0, 4), (0, 8), (0, 16): 1
        case (3, 1), (3, 2), (3, 4), (3, 8): 1
        case (2, 8), (2, 16): 3
        case (4, 8), (4, 16): 2
        case (6, 8), (6, 16): 4
        default: nil
        }
    }
}
