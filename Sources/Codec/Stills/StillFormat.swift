// SPDX-License-Identifier: Apache-2.0
public import Core

/// The picture files stills can be had as; the raw value is the name of the format and of its media type.
public enum StillFormat: String, Sendable, CaseIterable {
    case jpeg, png, webp, bmp

    /// gen1's still quality, for the formats that lose something.
    private static let quality = 95

    /// Encodes a `gray8` or `bgr24` frame.
    public func encode(_ frame: Frame) throws(CodecError) -> [UInt8] {
        switch self {
        case .jpeg: try JPEGEncoder(quality: Self.quality).encode(frame)
        case .png: try PNGEncoder.encode(frame)
        case .webp: try WebPEncoder.encode(frame, quality: Self.quality)
        case .bmp: try BMPEncoder.encode(frame)
        }
    }
}
