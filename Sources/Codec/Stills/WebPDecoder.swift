// SPDX-License-Identifier: Apache-2.0
import CWebP
import Core

/// WebP through libwebp. Alpha is dropped.
enum WebPDecoder {
    /// Decodes a picture that has passed the gate to `gray8` or `bgr24`.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, _ info: ImageInfo, to target: UnsafeMutableRawBufferPointer, as format: PixelFormat
    ) -> CodecError? {
        guard let source = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let pixels = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return .damaged("WebP") }
        // libwebp reads the size again and refuses a buffer that is too small for it.
        let (row, size) = (info.width * 3, info.width * info.height * 3)
        if format == .bgr24 {
            let result = WebPDecodeBGRInto(source, bytes.count, pixels, min(size, target.count), Int32(row))
            return result == nil ? .damaged("WebP picture data") : nil
        }
        let scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        defer { scratch.deallocate() }
        guard WebPDecodeRGBInto(source, bytes.count, scratch, size, Int32(row)) != nil else {
            return .damaged("WebP picture data")
        }
        PixelConversion.luma(fromRGB: scratch, pixels, pixels: info.width * info.height)
        return nil
    }
}
