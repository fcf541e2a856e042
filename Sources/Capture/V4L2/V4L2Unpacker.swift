// SPDX-License-Identifier: Apache-2.0
import CKernels
import Codec
import Core
import V4L2

/// Turns what a device sends into depthd's pictures: the whole of it, or one half of a side-by-side picture.
///
/// Raw halves are read straight out of the driver's buffer. A JPEG can only be decoded as a whole: its halves are copied
/// out of a buffer that is kept for this (half a megabyte for two lenses of 640×400, against some milliseconds of decoding).
final class V4L2Unpacker {
    private let format: V4L2Format
    private let picture: V4L2PictureLayout
    private let pixels: PixelFormat
    private let shift: UInt32
    private let decoder: VideoJPEGDecoder?
    /// Size of the picture as it is delivered.
    private let whole: V4L2Size
    private let lens: V4L2Size
    /// The decoded picture whose halves are copied.
    private var decoded: [UInt8] = []

    /// - Parameters:
    ///   - reduction: divisor of width and height at which JPEG pictures are decoded.
    ///   - lenses: 1, or 2 for a side-by-side picture.
    init(
        format: V4L2Format, picture: V4L2PictureLayout, reduction: Int, lenses: Int, pixels: PixelFormat, significantBits: Int
    ) throws(CodecError) {
        self.format = format
        self.picture = picture
        self.pixels = pixels
        shift = UInt32(significantBits - 8)
        whole = V4L2Size(width: picture.width / reduction, height: picture.height / reduction)
        lens = V4L2Size(width: whole.width / lenses, height: whole.height)
        decoder =
            format == .mjpeg
            ? try VideoJPEGDecoder(width: picture.width, height: picture.height, reduction: reduction, format: pixels) : nil
        if format == .mjpeg, lenses > 1 {
            decoded = [UInt8](repeating: 0, count: pixels.byteCount(width: whole.width, height: whole.height))
        }
    }

    /// Size of what `fill` writes.
    var lensFormat: LensFormat { LensFormat(width: lens.width, height: lens.height, pixels: pixels) }

    /// Fills one draft, or two with the left and right half of the picture.
    /// - Parameter bytes: at least as many as the format needs.
    /// - Returns: what is wrong with the picture.
    func fill(_ first: borrowing FrameDraft, from bytes: UnsafeRawBufferPointer) -> V4L2BufferFault? {
        first.withUnsafeMutableBytes { target in
            guard let decoder else {
                unpack(bytes, column: 0, to: target)
                return nil
            }
            return decoder.decode(bytes, into: target).map { .torn("\($0)") }
        }
    }

    /// The same for both halves.
    func fill(
        left: borrowing FrameDraft, right: borrowing FrameDraft, from bytes: UnsafeRawBufferPointer
    ) -> V4L2BufferFault? {
        if let decoder {
            if let error = decoded.withUnsafeMutableBytes({ decoder.decode(bytes, into: $0) }) { return .torn("\(error)") }
            left.withUnsafeMutableBytes { copyHalf(column: 0, to: $0) }
            right.withUnsafeMutableBytes { copyHalf(column: lens.width, to: $0) }
        } else {
            left.withUnsafeMutableBytes { unpack(bytes, column: 0, to: $0) }
            right.withUnsafeMutableBytes { unpack(bytes, column: lens.width, to: $0) }
        }
        return nil
    }

    private func copyHalf(column: Int, to target: UnsafeMutableRawBufferPointer) {
        let (row, stride) = (pixels.rowBytes(width: lens.width), pixels.rowBytes(width: whole.width))
        let start = pixels.rowBytes(width: column)
        decoded.withUnsafeBytes { source in
            guard let from = source.baseAddress, let to = target.baseAddress else { return }
            for line in 0..<lens.height { (to + line * row).copyMemory(from: from + start + line * stride, byteCount: row) }
        }
    }

    private func unpack(_ bytes: UnsafeRawBufferPointer, column: Int, to target: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress, let to = target.bindMemory(to: UInt8.self).baseAddress
        else { return }
        let row = pixels.rowBytes(width: lens.width)
        let chroma = base + picture.stride * picture.height + column
        for line in 0..<lens.height {
            let from = base + line * picture.stride + format.rowBytes(width: column)
            unpackRow(from, chroma: chroma + (line / 2) * picture.stride, to: to + line * row)
        }
    }

    private func unpackRow(_ from: UnsafePointer<UInt8>, chroma: UnsafePointer<UInt8>, to: UnsafeMutablePointer<UInt8>) {
        let (count, range) = (lens.width, Int32(picture.isFullRange ? 1 : 0))
        switch (format, pixels) {
        case (.grey, .bgr24): dk_video_gray_to_bgr(from, count, to)
        case (.y16, .bgr24):
            // The grey row goes to the last third, from where it is spread to the front.
            let gray = to + 2 * count
            dk_video_y16_to_gray(from, count, shift, gray)
            for index in 0..<count {
                let value = gray[index]
                (to[3 * index], to[3 * index + 1], to[3 * index + 2]) = (value, value, value)
            }
        case (.yuyv, .bgr24): dk_video_yuyv_to_bgr(from, count, range, to)
        case (.nv12, .bgr24): dk_video_nv12_to_bgr(from, chroma, count, range, to)
        case (.y16, _): dk_video_y16_to_gray(from, count, shift, to)
        case (.yuyv, _): dk_video_yuyv_to_gray(from, count, to)
        default: to.update(from: from, count: count)
        }
    }
}
