// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Walks the markers of a JPEG (ITU-T T.81 annex B) from SOI to EOI.
enum JPEGGate {
    static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    /// Walks the whole file.
    static func inspect(_ view: ByteView, limits: ImageLimits) throws(CodecError) -> ImageInfo {
        try walk(view, limits: limits, toEnd: true)
    }

    /// Walks as far as the frame header.
    static func peek(_ view: ByteView, limits: ImageLimits) throws(CodecError) -> ImageInfo {
        try walk(view, limits: limits, toEnd: false)
    }

    private static func walk(_ view: ByteView, limits: ImageLimits, toEnd: Bool) throws(CodecError) -> ImageInfo {
        var offset = 2
        var info: ImageInfo?
        var scans = 0
        while let marker = nextMarker(view, &offset) {
            switch marker {
            case 0x01, 0xD0...0xD7: continue  // TEM and restart markers stand alone.
            case 0xD8: throw .damaged("a second start of image")
            case 0xD9:
                guard let info, scans > 0 else { throw .damaged("a JPEG without a picture") }
                return info
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard info == nil else { throw .damaged("a second frame header") }
                let header = try frameHeader(view, at: offset, marker: marker, limits: limits)
                guard toEnd else { return header }
                info = header
            case 0xDA:
                guard info != nil else { throw .damaged("a scan before the frame header") }
                scans += 1
                guard scans <= limits.maximumScans else {
                    throw .tooLarge(what: "JPEG scans", value: scans, limit: limits.maximumScans)
                }
            default: break
            }
            offset += try segmentLength(view, at: offset)
        }
        throw .truncated(info == nil ? "the JPEG header" : "the JPEG data")
    }

    /// The next marker's code, with `offset` moved behind it; nil at the end. Steps over entropy-coded data, in which
    /// 0xFF is followed by 0, and over fill bytes.
    private static func nextMarker(_ view: ByteView, _ offset: inout Int) -> UInt8? {
        guard let base = view.bytes.baseAddress else { return nil }
        var position = offset
        // The last byte alone is no marker. `memchr` looks at sixteen bytes and more at a time.
        while position + 1 < view.count, let found = memchr(base + position, 0xFF, view.count - 1 - position) {
            position = UnsafeRawPointer(found) - base
            let code = view.bytes[position + 1]
            if code != 0, code != 0xFF {
                offset = position + 2
                return code
            }
            position += 1
        }
        return nil
    }

    /// The length of the segment at `offset`, its own two bytes included.
    private static func segmentLength(_ view: ByteView, at offset: Int) throws(CodecError) -> Int {
        guard let length = view.bigEndian16(at: offset) else { throw .truncated("a JPEG segment") }
        guard length >= 2 else { throw .damaged("a JPEG segment of length \(length)") }
        guard length <= view.count - offset else { throw .truncated("a JPEG segment") }
        return length
    }

    /// Reads the frame header (T.81 B.2.2); refuses the coding processes that no camera uses.
    private static func frameHeader(
        _ view: ByteView, at offset: Int, marker: UInt8, limits: ImageLimits
    ) throws(CodecError) -> ImageInfo {
        switch marker {
        case 0xC0, 0xC1, 0xC2: break
        case 0xC3: throw .unsupported("lossless JPEG; save it as baseline JPEG or PNG")
        case 0xC5...0xC7: throw .unsupported("hierarchical JPEG; save it as baseline JPEG")
        default: throw .unsupported("arithmetic-coded JPEG; save it as baseline JPEG")
        }
        let length = try segmentLength(view, at: offset)
        guard let precision = view.byte(at: offset + 2), let height = view.bigEndian16(at: offset + 3),
            let width = view.bigEndian16(at: offset + 5), let components = view.byte(at: offset + 7)
        else { throw .truncated("the JPEG frame header") }
        guard precision == 8 else { throw .unsupported("JPEG with \(precision) bits per sample; only 8") }
        guard components == 1 || components == 3 else {
            throw .unsupported("JPEG with \(components) components; only grey (1) and YCbCr or RGB (3)")
        }
        guard length == 8 + 3 * Int(components) else { throw .damaged("a JPEG frame header of length \(length)") }
        try limits.checkSize(width: width, height: height)
        return ImageInfo(kind: .jpeg, width: width, height: height, channels: Int(components), bitDepth: 8)
    }
}
