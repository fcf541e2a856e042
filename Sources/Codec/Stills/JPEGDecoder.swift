// SPDX-License-Identifier: Apache-2.0
import CTurboJPEG
import Core

/// One TurboJPEG decompressor, kept from picture to picture. Not for use from two threads at once.
final class JPEGDecoder {
    private let handle: tjhandle

    init() throws(CodecError) {
        guard let handle = tjInitDecompress() else { throw .unsupported("JPEG: TurboJPEG could not be started") }
        self.handle = handle
    }

    deinit {
        tjDestroy(handle)
    }

    /// Decodes a picture that has passed the gate. A damaged one is refused, never half grey.
    /// - Parameters:
    ///   - width: the picture's own, or a half, quarter or eighth of it: the decoder then reduces the picture.
    ///   - height: as `width`.
    func decode(
        _ bytes: UnsafeRawBufferPointer, width: Int, height: Int, to target: UnsafeMutableRawBufferPointer, as format: PixelFormat
    ) -> CodecError? {
        let layout = format == .gray8 ? TJPF_GRAY : TJPF_BGR
        let result = tjDecompress2(
            handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count),
            target.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(width), Int32(format.rowBytes(width: width)),
            Int32(height), Int32(layout.rawValue), TJFLAG_LIMITSCANS)
        guard result != 0 else { return nil }
        let reason = String(cString: tjGetErrorStr2(handle))
        // Many USB cameras pad the data before the end mark. The library keeps its first warning, so this one proves
        // that everything before it was sound.
        let isPadding = reason.contains("extraneous bytes before marker 0xd9")
        if isPadding, tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) { return nil }
        return .damaged(reason)
    }
}
