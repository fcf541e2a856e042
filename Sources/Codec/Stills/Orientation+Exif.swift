// SPDX-License-Identifier: Apache-2.0

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
