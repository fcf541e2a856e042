// SPDX-License-Identifier: Apache-2.0
public import Core

/// Writes frames as Windows bitmaps: 24 bits a pixel, or 8 with a grey palette; rows from the bottom, padded to 4 bytes.
public enum BMPEncoder {
    private static let fileHeaderBytes = 14
    private static let infoHeaderBytes = 40

    /// Encodes a `gray8` or `bgr24` frame.
    public static func encode(_ frame: Frame) throws(CodecError) -> [UInt8] {
        let header = frame.header
        guard [.gray8, .bgr24].contains(header.format) else {
            throw .encodingFailed("BMP cannot store \(header.format.rawValue); use PNG")
        }
        guard (1...32_768).contains(header.width), (1...32_768).contains(header.height) else {
            throw .encodingFailed("BMP of \(header.width)×\(header.height) pixels")
        }
        let isGray = header.format == .gray8
        let row = header.format.rowBytes(width: header.width)
        let padding = (4 - row % 4) % 4
        let pixelsAt = fileHeaderBytes + infoHeaderBytes + (isGray ? 256 * 4 : 0)
        let size = pixelsAt + (row + padding) * header.height
        guard size <= Int(UInt32.max) else { throw .encodingFailed("the picture is too large for BMP; use PNG") }

        var file: [UInt8] = []
        file.reserveCapacity(size)
        func word(_ value: Int, bytes: Int = 4) {
            for index in 0..<bytes { file.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
        }
        file += [UInt8(ascii: "B"), UInt8(ascii: "M")]
        for value in [size, 0, pixelsAt, infoHeaderBytes, header.width, header.height] { word(value) }
        word(1, bytes: 2)
        word(isGray ? 8 : 24, bytes: 2)
        // Uncompressed; 72 dots per inch.
        for value in [0, (row + padding) * header.height, 2835, 2835, isGray ? 256 : 0, 0] { word(value) }
        if isGray { for level in 0..<256 { word(level << 16 | level << 8 | level) } }
        frame.withUnsafeBytes { bytes in
            for y in (0..<header.height).reversed() {
                file.append(contentsOf: bytes[(y * row)..<((y + 1) * row)])
                file.append(contentsOf: repeatElement(0, count: padding))
            }
        }
        return file
    }
}
