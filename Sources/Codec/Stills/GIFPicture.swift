// SPDX-License-Identifier: Apache-2.0
import Core

/// The first picture of a GIF (GIF89a specification), found by walking block lengths only.
///
/// Pixels of the canvas that the picture does not cover have the background colour. Transparency is dropped as with PNG:
/// the samples come out as they are stored.
struct GIFPicture {
    let info: ImageInfo
    private let view: ByteView
    /// Where the picture lies on the canvas.
    private let frame: (x: Int, y: Int, width: Int, height: Int)
    private let colors: ColorTable
    private let background: Int
    private let isInterlaced: Bool
    /// Where the byte with the smallest code size stands; sub-blocks follow.
    private let dataOffset: Int

    static func isGIF(_ view: ByteView) -> Bool {
        view.starts(with: Array("GIF87a".utf8)) || view.starts(with: Array("GIF89a".utf8))
    }

    init(_ view: ByteView, limits: ImageLimits) throws(CodecError) {
        guard let width = view.littleEndian16(at: 6), let height = view.littleEndian16(at: 8),
            let flags = view.byte(at: 10), let background = view.byte(at: 11), view.byte(at: 12) != nil
        else { throw .truncated("the GIF header") }
        try limits.checkSize(width: width, height: height)
        var offset = 13
        let shared = try GIFPicture.colors(view, &offset, flags)
        offset = try GIFPicture.firstPicture(view, from: offset)
        guard let x = view.littleEndian16(at: offset), let y = view.littleEndian16(at: offset + 2),
            let frameWidth = view.littleEndian16(at: offset + 4), let frameHeight = view.littleEndian16(at: offset + 6),
            let frameFlags = view.byte(at: offset + 8)
        else { throw .truncated("the GIF picture header") }
        guard frameWidth > 0, frameHeight > 0, x + frameWidth <= width, y + frameHeight <= height else {
            throw .damaged("a GIF picture that does not lie on its canvas")
        }
        offset += 9
        let own = try GIFPicture.colors(view, &offset, frameFlags)
        guard let colors = own ?? shared else { throw .damaged("a GIF without colours") }
        guard let codeSize = view.byte(at: offset) else { throw .truncated("the GIF picture") }
        guard (2...8).contains(codeSize) else { throw .damaged("a GIF with codes of \(codeSize) bits") }
        let end = try GIFPicture.skipBlocks(view, from: offset + 1)
        guard view.byte(at: end) != nil else { throw .truncated("the GIF trailer") }
        self.view = view
        self.colors = colors
        self.background = Int(background)
        frame = (x, y, frameWidth, frameHeight)
        isInterlaced = frameFlags & 0x40 != 0
        dataOffset = offset
        info = ImageInfo(kind: .gif, width: width, height: height, channels: 1, bitDepth: 8)
    }

    /// A colour table, if `flags` say that one stands here.
    private static func colors(_ view: ByteView, _ offset: inout Int, _ flags: UInt8) throws(CodecError) -> ColorTable? {
        guard flags & 0x80 != 0 else { return nil }
        let count = 2 << Int(flags & 7)
        guard let bytes = view.slice(at: offset, count: 3 * count)?.bytes else { throw .truncated("the GIF colours") }
        offset += 3 * count
        var table = ColorTable()
        for entry in 0..<count {
            table.add(blue: bytes[3 * entry + 2], green: bytes[3 * entry + 1], red: bytes[3 * entry])
        }
        return table
    }

    /// Steps over extensions to the first picture; returns the place behind its mark.
    private static func firstPicture(_ view: ByteView, from start: Int) throws(CodecError) -> Int {
        var offset = start
        while let mark = view.byte(at: offset) {
            switch mark {
            case 0x2C: return offset + 1
            case 0x21: offset = try skipBlocks(view, from: offset + 2)
            case 0x3B: throw .damaged("a GIF without a picture")
            default: throw .damaged("an unknown GIF block")
            }
        }
        throw .truncated("the GIF blocks")
    }

    /// The place behind a chain of sub-blocks.
    private static func skipBlocks(_ view: ByteView, from start: Int) throws(CodecError) -> Int {
        var offset = start
        while let length = view.byte(at: offset) {
            if length == 0 { return offset + 1 }
            offset += 1 + Int(length)
        }
        throw .truncated("a GIF block")
    }

    /// Decodes to a whole picture of `gray8` or `bgr24`.
    func decode(to target: UnsafeMutableRawBufferPointer, as format: PixelFormat) -> CodecError? {
        var unpacker = GIFUnpacker(view, at: dataOffset)
        guard let numbers = unpacker.unpack(frame.width * frame.height) else { return .damaged("GIF picture data") }
        guard let pixels = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        let isCovered = frame.width == info.width && frame.height == info.height
        if !isCovered {
            for pixel in 0..<info.width * info.height { colors.write(background, to: pixels, at: pixel, as: format) }
        }
        for (row, y) in rows.enumerated() {
            let line = (frame.y + y) * info.width + frame.x
            for x in 0..<frame.width {
                colors.write(Int(numbers[row * frame.width + x]), to: pixels, at: line + x, as: format)
            }
        }
        return nil
    }

    /// The rows in the order they are stored: interlaced pictures come in four passes (appendix E).
    private var rows: [Int] {
        guard isInterlaced else { return Array(0..<frame.height) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: frame.height, by: $0.1)) }
    }
}
