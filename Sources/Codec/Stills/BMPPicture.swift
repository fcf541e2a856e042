// SPDX-License-Identifier: Apache-2.0
import Core

/// A Windows bitmap without compression: 1, 4 and 8 bits with colours, 16, 24 and 32 bits with or without masks.
struct BMPPicture {
    let info: ImageInfo
    private let view: ByteView
    private let isTopDown: Bool
    private let bits: Int
    private let pixelOffset: Int
    private let rowBytes: Int
    private let colors: ColorTable
    /// Red, green and blue of 16 and 32 bits.
    private let masks: [Mask]

    static func isBMP(_ view: ByteView) -> Bool { view.starts(with: Array("BM".utf8)) }

    init(_ view: ByteView, limits: ImageLimits) throws(CodecError) {
        guard let pixels = view.littleEndian32(at: 10), let headerSize = view.littleEndian32(at: 14) else {
            throw .truncated("the BMP header")
        }
        let isCore = headerSize == 12
        guard isCore || (40...124).contains(headerSize) else { throw .unsupported("a BMP header of \(headerSize) bytes") }
        let size = isCore ? BMPPicture.coreSize(view) : BMPPicture.size(view)
        guard let size, let bits = view.littleEndian16(at: isCore ? 24 : 28),
            let compression = isCore ? 0 : view.littleEndian32(at: 30), let used = isCore ? 0 : view.littleEndian32(at: 46)
        else { throw .truncated("the BMP header") }
        try limits.checkSize(width: size.width, height: size.height)
        guard [1, 4, 8, 16, 24, 32].contains(bits) else { throw .damaged("a BMP with \(bits) bits per pixel") }
        let hasMasks = [3, 6].contains(compression)
        guard compression == 0 || hasMasks && [16, 32].contains(bits) else {
            throw .unsupported("a compressed BMP; save it without compression, or as PNG")
        }
        rowBytes = (size.width * bits + 31) / 32 * 4
        guard pixels >= 14 + headerSize, pixels <= view.count, rowBytes * size.height <= view.count - pixels else {
            throw .truncated("the BMP pixels")
        }
        colors = try BMPPicture.colors(
            view, at: 14 + headerSize, count: bits > 8 ? 0 : used == 0 ? 1 << bits : min(used, 1 << bits),
            entryBytes: isCore ? 3 : 4)
        masks = try BMPPicture.masks(view, bits: bits, given: hasMasks)
        self.view = view
        self.bits = bits
        isTopDown = size.isTopDown
        pixelOffset = pixels
        info = ImageInfo(
            kind: .bmp, width: size.width, height: size.height, channels: bits > 8 ? 3 : 1, bitDepth: bits < 8 ? bits : 8)
    }

    private static func coreSize(_ view: ByteView) -> (width: Int, height: Int, isTopDown: Bool)? {
        guard let width = view.littleEndian16(at: 18), let height = view.littleEndian16(at: 20) else { return nil }
        return (width, height, false)
    }

    /// A negative height means that the first row is the top one.
    private static func size(_ view: ByteView) -> (width: Int, height: Int, isTopDown: Bool)? {
        guard let width = view.littleEndian32(at: 18), let height = view.littleEndian32(at: 22) else { return nil }
        let signed = Int(Int32(truncatingIfNeeded: height))
        return (Int(Int32(truncatingIfNeeded: width)), abs(signed), signed < 0)
    }

    private static func colors(
        _ view: ByteView, at offset: Int, count: Int, entryBytes: Int
    ) throws(CodecError) -> ColorTable {
        var table = ColorTable()
        guard let bytes = view.slice(at: offset, count: count * entryBytes)?.bytes else { throw .truncated("the BMP colours") }
        for entry in stride(from: 0, to: count * entryBytes, by: entryBytes) {
            table.add(blue: bytes[entry], green: bytes[entry + 1], red: bytes[entry + 2])
        }
        return table
    }

    private static func masks(_ view: ByteView, bits: Int, given: Bool) throws(CodecError) -> [Mask] {
        guard given else {
            switch bits {
            case 16: return [Mask(0x7C00), Mask(0x3E0), Mask(0x1F)].compactMap(\.self)
            case 32: return [Mask(0xFF_0000), Mask(0xFF00), Mask(0xFF)].compactMap(\.self)
            default: return []
            }
        }
        var masks: [Mask] = []
        for offset in [54, 58, 62] {
            guard let value = view.littleEndian32(at: offset) else { throw .truncated("the BMP masks") }
            guard let mask = Mask(UInt32(value)) else { throw .damaged("a BMP mask with gaps") }
            masks.append(mask)
        }
        return masks
    }

    /// Decodes to a whole picture of `gray8` or `bgr24`.
    func decode(to target: UnsafeMutableRawBufferPointer, as format: PixelFormat) {
        guard let pixels = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        for y in 0..<info.height {
            let row = pixelOffset + (isTopDown ? y : info.height - 1 - y) * rowBytes
            guard let bytes = view.slice(at: row, count: rowBytes)?.bytes else { return }
            for x in 0..<info.width {
                let pixel = y * info.width + x
                switch bits {
                case 24: put(bytes[3 * x], bytes[3 * x + 1], bytes[3 * x + 2], to: pixels, at: pixel, as: format)
                case 16: put(UInt32(bytes[2 * x]) | UInt32(bytes[2 * x + 1]) << 8, to: pixels, at: pixel, as: format)
                case 32:
                    let low = UInt32(bytes[4 * x]) | UInt32(bytes[4 * x + 1]) << 8
                    let high = UInt32(bytes[4 * x + 2]) | UInt32(bytes[4 * x + 3]) << 8
                    put(low | high << 16, to: pixels, at: pixel, as: format)
                default:
                    let shift = 8 - bits - x * bits % 8
                    let number = Int(bytes[x * bits / 8]) >> shift & (1 << bits - 1)
                    colors.write(number, to: pixels, at: pixel, as: format)
                }
            }
        }
    }

    @inline(__always)
    private func put(_ value: UInt32, to target: UnsafeMutablePointer<UInt8>, at pixel: Int, as format: PixelFormat) {
        put(masks[2].byte(of: value), masks[1].byte(of: value), masks[0].byte(of: value), to: target, at: pixel, as: format)
    }

    @inline(__always)
    private func put(
        _ blue: UInt8, _ green: UInt8, _ red: UInt8, to target: UnsafeMutablePointer<UInt8>, at pixel: Int,
        as format: PixelFormat
    ) {
        if format == .gray8 {
            target[pixel] = PixelConversion.luma(blue: blue, green: green, red: red)
        } else {
            target[pixel * 3] = blue
            target[pixel * 3 + 1] = green
            target[pixel * 3 + 2] = red
        }
    }

    /// Which bits of a pixel are one colour.
    private struct Mask {
        private let shift: UInt32
        private let largest: UInt32

        /// nil when the bits are not one run. No bits at all make a colour that is always 0.
        init?(_ bits: UInt32) {
            shift = bits == 0 ? 0 : UInt32(bits.trailingZeroBitCount)
            largest = bits >> shift
            guard largest & (largest &+ 1) == 0 else { return nil }
        }

        @inline(__always)
        func byte(of pixel: UInt32) -> UInt8 {
            largest == 0 ? 0 : UInt8(truncatingIfNeeded: UInt64(pixel >> shift & largest) * 255 / UInt64(largest))
        }
    }
}
