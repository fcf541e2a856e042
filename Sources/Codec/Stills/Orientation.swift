// SPDX-License-Identifier: Apache-2.0
public import Core

/// How a stored picture has to be turned to stand upright: the eight values of EXIF's tag 0x0112.
public enum Orientation: Int, Sendable, Hashable, CaseIterable {
    case upright = 1
    case mirrored = 2
    case upsideDown = 3
    case mirroredUpsideDown = 4
    /// Rows and columns exchanged.
    case transposed = 5
    /// To be turned a quarter clockwise.
    case quarterClockwise = 6
    /// Rows and columns exchanged and upside down.
    case transverse = 7
    /// To be turned a quarter anticlockwise.
    case quarterAnticlockwise = 8

    /// Whether width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }

    /// The upright picture of a stored one in `gray8` or `bgr24`; frames of other formats and upright ones come back as
    /// they are.
    public func upright(_ frame: Frame) -> Frame {
        let header = frame.header
        guard self != .upright, header.format == .gray8 || header.format == .bgr24 else { return frame }
        let (width, height) = (header.width, header.height)
        let (outWidth, outHeight) = swapsSides ? (height, width) : (width, height)
        let bytes = header.format == .gray8 ? 1 : 3
        // The stored pixel of the upright picture's first one, and the way to the next column and row.
        let (right, down) = (bytes, bytes * width)
        let (start, column, row): (Int, Int, Int) =
            switch self {
            case .upright: (0, right, down)
            case .mirrored: ((width - 1) * right, -right, down)
            case .upsideDown: ((width - 1) * right + (height - 1) * down, -right, -down)
            case .mirroredUpsideDown: ((height - 1) * down, right, -down)
            case .transposed: (0, down, right)
            case .quarterClockwise: ((height - 1) * down, -down, right)
            case .transverse: ((width - 1) * right + (height - 1) * down, -down, -right)
            case .quarterAnticlockwise: ((width - 1) * right, down, -right)
            }
        let draft = FramePool.standalone(header.reshaped(width: outWidth, height: outHeight, format: header.format))
        frame.withUnsafeBytes { source in
            draft.withUnsafeMutableBytes { target in
                var place = 0
                for y in 0..<outHeight {
                    var from = start + y * row
                    for _ in 0..<outWidth {
                        for byte in 0..<bytes { target[place + byte] = source[from + byte] }
                        place += bytes
                        from += column
                    }
                }
            }
        }
        return draft.seal()
    }
}

extension Orientation {
    /// What a picture file says about its orientation: JPEG (APP1), PNG (eXIf) and WebP (EXIF). Files that say nothing, or
    /// nothing that makes sense, are upright. Reads lengths and one directory; nothing outside `bytes`.
    public init(file bytes: UnsafeRawBufferPointer) {
        let view = ByteView(bytes: bytes)
        let exif: ByteView? =
            if view.starts(with: JPEGGate.signature) {
                Orientation.jpegExif(view)
            } else if view.starts(with: PNGGate.signature) {
                Orientation.pngExif(view)
            } else if WebPGate.isWebP(view) {
                WebPGate.exif(view)
            } else {
                nil
            }
        self = exif.flatMap(Orientation.read) ?? .upright
    }

    private static let prefix: [UInt8] = Array("Exif".utf8) + [0, 0]

    /// The first APP1 segment with EXIF before the first scan.
    private static func jpegExif(_ view: ByteView) -> ByteView? {
        var offset = 2
        while view.byte(at: offset) == 0xFF, let marker = view.byte(at: offset + 1) {
            if marker == 0xFF {
                offset += 1
                continue
            }
            guard marker != 0xDA, let length = view.bigEndian16(at: offset + 2), length >= 2,
                let segment = view.slice(at: offset + 4, count: length - 2)
            else { return nil }
            if marker == 0xE1, segment.starts(with: prefix) { return segment }
            offset += 2 + length
        }
        return nil
    }

    private static func pngExif(_ view: ByteView) -> ByteView? {
        var offset = PNGGate.signature.count
        while let length = view.bigEndian32(at: offset), let chunk = view.slice(at: offset + 8, count: length) {
            if view.bigEndian32(at: offset + 4) == 0x6558_4966 { return chunk }  // eXIf
            offset += 12 + length
        }
        return nil
    }

    /// The tag of a TIFF structure's first directory, with or without "Exif" before it.
    private static func read(_ exif: ByteView) -> Orientation? {
        let start = exif.starts(with: prefix) ? prefix.count : 0
        guard let tiff = exif.slice(at: start, count: exif.count - start) else { return nil }
        let isLittle = tiff.starts(with: Array("II".utf8))
        guard isLittle || tiff.starts(with: Array("MM".utf8)) else { return nil }
        func short(_ offset: Int) -> Int? { isLittle ? tiff.littleEndian16(at: offset) : tiff.bigEndian16(at: offset) }
        func long(_ offset: Int) -> Int? { isLittle ? tiff.littleEndian32(at: offset) : tiff.bigEndian32(at: offset) }
        guard short(2) == 42, let directory = long(4), let count = short(directory) else { return nil }
        for entry in 0..<count {
            let offset = directory + 2 + 12 * entry
            guard let tag = short(offset) else { return nil }
            // Type 3 is a 16-bit number.
            if tag == 0x0112 { return short(offset + 2) == 3 ? short(offset + 8).flatMap(Orientation.init(rawValue:)) : nil }
        }
        return nil
    }
}

extension ImageDecoder {
    /// Decodes a picture somebody sent, and turns it upright as its EXIF data say.
    /// - Parameters:
    ///   - format: `gray8` or `bgr24`.
    ///   - prototype: as with `decode`.
    public func decodeUpright(
        _ bytes: [UInt8], as format: PixelFormat, header prototype: FrameHeader
    ) throws(CodecError) -> Frame {
        let stored = try decode(bytes, as: format, header: prototype)
        return bytes.withUnsafeBytes { Orientation(file: $0) }.upright(stored)
    }
}
