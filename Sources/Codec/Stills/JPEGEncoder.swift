// SPDX-License-Identifier: Apache-2.0
import CTurboJPEG
public import Core

/// Writes frames as baseline JPEG, colour at 4:2:0. Keeps the compressor and its output buffer from frame to frame.
///
/// Not `Sendable`: one encoder for each thread.
public final class JPEGEncoder {
    /// 1 (small) ... 100 (good).
    public let quality: Int
    private let handle: tjhandle
    private var buffer: UnsafeMutablePointer<UInt8>?
    private var capacity: UInt = 0
    private var interleaved: [UInt8] = []

    /// - Parameter quality: 1...100; values outside are taken as the nearest inside.
    public init(quality: Int = 85) throws(CodecError) {
        guard let handle = tjInitCompress() else { throw .encodingFailed("TurboJPEG could not be started") }
        self.handle = handle
        self.quality = min(100, max(1, quality))
    }

    deinit {
        tjFree(buffer)
        tjDestroy(handle)
    }

    /// Encodes a `gray8`, `disparity8`, `bgr24`, `bgrPlanar` or `i420` frame.
    public func encode(_ frame: Frame) throws(CodecError) -> [UInt8] {
        let (width, height) = (frame.header.width, frame.header.height)
        guard (1...65_500).contains(width), (1...65_500).contains(height) else {
            throw .encodingFailed("JPEG holds 1 to 65500 pixels in each direction, not \(width)×\(height)")
        }
        let format = frame.header.format
        let subsampling = format == .gray8 || format == .disparity8 ? TJSAMP_GRAY : TJSAMP_420
        try reserve(tjBufSize(Int32(width), Int32(height), Int32(subsampling.rawValue)))
        var size = capacity
        let result = frame.withUnsafeBytes { bytes -> Int32? in
            guard let pixels = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
            switch format {
            case .gray8, .disparity8: return compress(pixels, width, height, TJPF_GRAY, subsampling, &size)
            case .bgr24: return compress(pixels, width, height, TJPF_BGR, subsampling, &size)
            case .bgrPlanar: return compressPlanes(pixels, width, height, &size)
            case .i420: return compressYUV(pixels, width, height, &size)
            case .depth16, .disparity16: return nil
            }
        }
        guard let result else { throw .encodingFailed("JPEG cannot store \(format.rawValue); use PNG") }
        guard result == 0 else { throw .encodingFailed(String(cString: tjGetErrorStr2(handle))) }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(size)))
    }

    /// Makes room for the largest JPEG a picture can become, so that the library never has to grow the buffer.
    private func reserve(_ bytes: UInt) throws(CodecError) {
        guard bytes > capacity else { return }
        tjFree(buffer)
        (buffer, capacity) = (nil, 0)
        guard let size = Int32(exactly: bytes), let fresh = tjAlloc(size) else {
            throw .encodingFailed("no memory for a JPEG of up to \(bytes) bytes")
        }
        (buffer, capacity) = (fresh, bytes)
    }

    private func compress(
        _ pixels: UnsafePointer<UInt8>, _ width: Int, _ height: Int, _ layout: TJPF, _ subsampling: TJSAMP, _ size: inout UInt
    ) -> Int32 {
        tjCompress2(
            handle, pixels, Int32(width), 0, Int32(height), Int32(layout.rawValue), &buffer, &size, Int32(subsampling.rawValue),
            Int32(quality), TJFLAG_NOREALLOC)
    }

    private func compressPlanes(_ pixels: UnsafePointer<UInt8>, _ width: Int, _ height: Int, _ size: inout UInt) -> Int32 {
        let count = width * height * 3
        if interleaved.count < count { interleaved = [UInt8](repeating: 0, count: count) }
        interleaved.withUnsafeMutableBufferPointer { target in
            guard let base = target.baseAddress else { return }
            PixelConversion.interleave(pixels, base, pixels: width * height)
        }
        return interleaved.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return -1 }
            return compress(base, width, height, TJPF_BGR, TJSAMP_420, &size)
        }
    }

    private func compressYUV(_ pixels: UnsafePointer<UInt8>, _ width: Int, _ height: Int, _ size: inout UInt) -> Int32? {
        guard width % 2 == 0, height % 2 == 0 else { return nil }
        let chroma = (width / 2) * (height / 2)
        var planes: [UnsafePointer<UInt8>?] = [pixels, pixels + width * height, pixels + width * height + chroma]
        let strides = [Int32(width), Int32(width / 2), Int32(width / 2)]
        return tjCompressFromYUVPlanes(
            handle, &planes, Int32(width), strides, Int32(height), Int32(TJSAMP_420.rawValue), &buffer, &size, Int32(quality),
            TJFLAG_NOREALLOC)
    }
}
