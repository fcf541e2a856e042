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
        let result = frame.withUnsafeBytes { bytes in
            Result { () throws(CodecError) in
                try encode(bytes, width: frame.header.width, height: frame.header.height, layout)
            }
        }
        return try result.get()
    }

    /// Encodes a `bgr24` frame with transparency.
    /// - Parameter alpha: one value per pixel, 0 for transparent.
    public static func encode(_ frame: Frame, alpha: [UInt8]) throws(CodecError) -> [UInt8] {
        let (width, height) = (frame.header.width, frame.header.height)
        guard frame.header.format == .bgr24, alpha.count == width * height else {
            throw .encodingFailed("transparency needs bgr24 and one value for each pixel")
        }
        var pixels = [UInt8](repeating: 0, count: alpha.count * 4)
        frame.withUnsafeBytes { bytes in
            for index in alpha.indices {
                for color in 0..<3 { pixels[index * 4 + color] = bytes[index * 3 + color] }
                pixels[index * 4 + 3] = alpha[index]
            }
        }
        let result = pixels.withUnsafeBytes { bytes in
            Result { () throws(CodecError) in try encode(bytes, width: width, height: height, CI_BGRA32) }
        }
        return try result.get()
    }

    private static func encode(
        _ bytes: UnsafeRawBufferPointer, width: Int, height: Int, _ layout: ci_layout
    ) throws(CodecError) -> [UInt8] {
        guard width > 0, height > 0, let columns = UInt32(exactly: width), let rows = UInt32(exactly: height) else {
            throw .encodingFailed("a picture of \(width)×\(height) pixels")
        }
        var encoded: UnsafeMutablePointer<UInt8>?
        var count = 0
        defer { ci_free(encoded) }
        let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CI_MESSAGE_SIZE)) { message in
            let result = ci_png_encode(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), columns, rows, layout, level, &encoded, &count,
                message.baseAddress)
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
