// SPDX-License-Identifier: Apache-2.0
import CWebP
public import Core

/// Writes frames as WebP with loss.
public enum WebPEncoder {
    private static let largestSide = 16_383

    /// Encodes a `gray8` or `bgr24` frame.
    /// - Parameter quality: 0 (small) ... 100 (good).
    public static func encode(_ frame: Frame, quality: Int) throws(CodecError) -> [UInt8] {
        let header = frame.header
        guard (1...largestSide).contains(header.width), (1...largestSide).contains(header.height) else {
            throw .encodingFailed("WebP holds 1 to \(largestSide) pixels in each direction, not \(header.width)×\(header.height)")
        }
        let pixels = try interleaved(frame)
        var output: UnsafeMutablePointer<UInt8>?
        let count = pixels.withUnsafeBufferPointer { pixels in
            WebPEncodeBGR(
                pixels.baseAddress, Int32(header.width), Int32(header.height), Int32(header.width * 3), Float(quality), &output)
        }
        defer { WebPFree(output) }
        guard count > 0, let output else { throw .encodingFailed("libwebp could not encode the picture") }
        return Array(UnsafeBufferPointer(start: output, count: count))
    }

    /// WebP has colours only.
    private static func interleaved(_ frame: Frame) throws(CodecError) -> [UInt8] {
        let pixels = frame.header.width * frame.header.height
        switch frame.header.format {
        case .bgr24: return frame.withUnsafeBytes { Array($0) }
        case .gray8:
            return frame.withUnsafeBytes { source in
                [UInt8](unsafeUninitializedCapacity: pixels * 3) { target, count in
                    if let from = source.baseAddress?.assumingMemoryBound(to: UInt8.self), let to = target.baseAddress {
                        PixelConversion.replicateGray(from, to, pixels: pixels)
                    }
                    count = pixels * 3
                }
            }
        default: throw .encodingFailed("WebP cannot store \(frame.header.format.rawValue); use PNG")
        }
    }
}
