// SPDX-License-Identifier: Apache-2.0
public import Core

extension ImageDecoder {
    /// Decodes a picture somebody sent, and turns it upright as its EXIF data say.
    /// - Parameters:
    ///   - format: `gray8` or `bgr24`.
    ///   - prototype: as with `decode`.
    public func decodeUpright(
        _ bytes: [UInt8], as format: PixelFormat, header prototype: FrameHeader
    ) throws(CodecError) -> Frame {
        let stored = try decode(bytes, as: format, header: prototype)
        return bytes.withUnsafeBytes { Orientation(file: $0) }.upright(stored)
    }
}
