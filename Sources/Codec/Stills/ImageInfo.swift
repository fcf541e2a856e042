// SPDX-License-Identifier: Apache-2.0

/// The picture files depthd reads.
public enum ImageKind: String, Sendable, Hashable, CaseIterable {
    case jpeg
    case png
    /// Binary PGM (P5) or PPM (P6).
    case pnm
    /// A still WebP.
    case webp
    /// The first picture of a GIF.
    case gif
    /// Uncompressed Windows bitmap.
    case bmp
}

/// What the header of a picture says.
public struct ImageInfo: Sendable, Hashable {
    public var kind: ImageKind
    /// In pixels.
    public var width: Int
    /// In pixels.
    public var height: Int
    /// Samples per pixel as stored: 1 grey or palette, 2 grey and alpha, 3 colour, 4 colour and alpha.
    public var channels: Int
    /// Bits per sample as stored.
    public var bitDepth: Int

    public init(kind: ImageKind, width: Int, height: Int, channels: Int, bitDepth: Int) {
        self.kind = kind
        self.width = width
        self.height = height
        self.channels = channels
        self.bitDepth = bitDepth
    }
}
