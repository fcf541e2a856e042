// SPDX-License-Identifier: Apache-2.0
import Core

extension PNMHeader {
    /// Turns the pixels of a PGM or PPM into a picture of the house.
    /// - Parameters:
    ///   - payload: `payloadBytes` bytes.
    ///   - target: a whole picture of `format`, `gray8` or `bgr24`.
    func convert(_ payload: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, as format: PixelFormat) {
        let pixels = width * height
        precondition(payload.count >= payloadBytes && target.count >= format.byteCount(width: width, height: height))
        guard let from = payload.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let to = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return }
        switch (channels, format) {
        case (1, .gray8): to.update(from: from, count: pixels)
        case (1, _): PixelConversion.replicateGray(from, to, pixels: pixels)
        case (_, .gray8): PixelConversion.luma(fromRGB: from, to, pixels: pixels)
        default: PixelConversion.swapRedAndBlue(from, to, pixels: pixels)
        }
    }
}
