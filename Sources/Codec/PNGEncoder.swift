// SPDX-License-Identifier: Apache-2.0
import CImage
public import Core

/// Writes frames as PNG: pictures as they look, depth and disparity as 16-bit grey with every value kept.
public enum PNGEncoder {
    /// zlib's second quickest level: a VGA depth picture in milliseconds.
    private static let level: Int32 = 2

    /// Encodes a `gray8`, `disparity8` or `bgr24` frame with 8 bits, a `depth16` (millimetres) or `disparity16`
    /// (sixteenths of a pixel) frame with 16 bits per sample.
    public static func encode(_ frame: Frame) throws(CodecError) -> [UInt8] {
        let layout = try layout(of: frame.header.format)
        guard frame.header.width > 0, frame.header.height > 0, let width = UInt32(exactly: frame.header.width),
            let height = UInt32(exactly: frame.header.height)
        else { throw .encodingFailed("a picture of \(frame.header.width)×\(frame.header.height) pixels") }
        var encoded: UnsafeMutablePointer<UInt8>?
        var count = 0
        defer { ci_free(encoded) }
        let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CI_MESSAGE_SIZE)) { message in
            let result = frame.withUnsafeBytes { bytes in
                ci_png_encode(
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), width, height, layout, level, &encoded, &count,
                    message.baseAddress)
            }
            return result == 0 ? nil : message.baseAddress.map { String(cString: $0) }
        }
        if let reason { throw .encodingFailed(reason) }
        return Array(UnsafeBufferPointer(start: encoded, count: count))
    }

    private static func layout(of format: PixelFormat) throws(CodecError) -> ci_layout {
        switch format {
        case .gray8, .disparity8: CI_GRAY8
        case .bgr24: CI_BGR24
        case .depth16, .disparity16: CI_GRAY16
        case .bgrPlanar, .i420: throw .encodingFailed("PNG of \(format.rawValue); convert it to bgr24 first")
        }
    }
}
