// SPDX-License-Identifier: Apache-2.0
import CTurboJPEG
package import Core

/// A picture as video encoders want it: a plane of Y', then quarter planes of Cb and Cr, full range, BT.601 as in JPEG.
/// Keeps its memory from picture to picture.
///
/// Not `Sendable`: one for each thread.
package final class VideoPlanes {
    package let width: Int
    package let height: Int
    private var bytes: [UInt8]
    private var interleaved: [UInt8] = []
    private let handle: tjhandle

    /// - Parameters:
    ///   - width, height: even, at least 2.
    package init(width: Int, height: Int) throws(CodecError) {
        guard let handle = tjInitCompress() else { throw .encodingFailed("TurboJPEG could not be started") }
        self.handle = handle
        (self.width, self.height) = (width, height)
        // Grey pictures leave the quarter planes as they are.
        bytes = [UInt8](repeating: 128, count: width * height * 3 / 2)
    }

    deinit {
        tjDestroy(handle)
    }

    package func withPlanes<Result>(
        _ body: (UnsafePointer<UInt8>, UnsafePointer<UInt8>, UnsafePointer<UInt8>) -> Result
    ) -> Result {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("planes are never empty") }
            return body(base, base + width * height, base + width * height * 5 / 4)
        }
    }

    /// Takes a `gray8`, `bgr24`, `bgrPlanar` or `i420` frame; a last odd row and column are left out.
    package func fill(from frame: Frame) throws(CodecError) {
        let header = frame.header
        guard header.width & ~1 == width, header.height & ~1 == height else {
            throw .encodingFailed("a picture of \(header.width)×\(header.height) pixels in a video of \(width)×\(height)")
        }
        switch header.format {
        case .gray8: fillGray(frame)
        case .i420: fillPlanes(frame)
        case .bgr24, .bgrPlanar: try fillColor(frame)
        case .disparity8, .depth16, .disparity16:
            throw .encodingFailed("video cannot hold \(header.format.rawValue)")
        }
    }

    private func fillGray(_ frame: Frame) {
        frame.withUnsafeBytes { source in
            for y in 0..<height {
                bytes.replaceSubrange((y * width)..<((y + 1) * width), with: source[(y * frame.header.width)...].prefix(width))
            }
        }
        for index in (width * height)..<bytes.count { bytes[index] = 128 }
    }

    private func fillPlanes(_ frame: Frame) {
        frame.withUnsafeBytes { source in bytes.replaceSubrange(0..<bytes.count, with: source.prefix(bytes.count)) }
    }

    private func fillColor(_ frame: Frame) throws(CodecError) {
        let header = frame.header
        let failed = frame.withUnsafeBytes { source -> Bool in
            guard var from = source.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return true }
            if header.format == .bgrPlanar {
                if interleaved.count < source.count { interleaved = [UInt8](repeating: 0, count: source.count) }
                return interleaved.withUnsafeMutableBufferPointer { target in
                    guard let base = target.baseAddress else { return true }
                    PixelConversion.interleave(from, base, pixels: header.width * header.height)
                    from = UnsafePointer(base)
                    return encode(from, pitch: header.width * 3)
                }
            }
            return encode(from, pitch: header.width * 3)
        }
        if failed { throw .encodingFailed(String(cString: tjGetErrorStr2(handle))) }
    }

    /// Returns whether it failed.
    private func encode(_ pixels: UnsafePointer<UInt8>, pitch: Int) -> Bool {
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return true }
            var planes: [UnsafeMutablePointer<UInt8>?] = [base, base + width * height, base + width * height * 5 / 4]
            var strides = [Int32(width), Int32(width / 2), Int32(width / 2)]
            return tjEncodeYUVPlanes(
                handle, pixels, Int32(width), Int32(pitch), Int32(height), Int32(TJPF_BGR.rawValue), &planes, &strides,
                Int32(TJSAMP_420.rawValue), TJFLAG_FASTDCT) != 0
        }
    }
}
