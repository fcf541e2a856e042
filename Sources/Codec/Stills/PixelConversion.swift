// SPDX-License-Identifier: Apache-2.0

/// Pixel loops between the layouts files use and depthd's own. Sizes are checked by the callers.
enum PixelConversion {
    /// Red, green, blue → blue, green, red.
    static func swapRedAndBlue(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, pixels: Int) {
        for index in 0..<pixels {
            let (red, green, blue) = (source[index * 3], source[index * 3 + 1], source[index * 3 + 2])
            target[index * 3] = blue
            target[index * 3 + 1] = green
            target[index * 3 + 2] = red
        }
    }

    /// Red, green, blue → luma of Rec. 601: 0.299 R + 0.587 G + 0.114 B, rounded, in 16 fractional bits.
    static func luma(fromRGB source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, pixels: Int) {
        for index in 0..<pixels {
            target[index] = luma(blue: source[index * 3 + 2], green: source[index * 3 + 1], red: source[index * 3])
        }
    }

    /// The same for one pixel.
    @inline(__always)
    static func luma(blue: UInt8, green: UInt8, red: UInt8) -> UInt8 {
        let sum = 19595 &* UInt32(red) &+ 38470 &* UInt32(green) &+ 7471 &* UInt32(blue) &+ 32768
        return UInt8(truncatingIfNeeded: sum >> 16)
    }

    /// Grey → three equal channels.
    static func replicateGray(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, pixels: Int) {
        for index in 0..<pixels {
            let value = source[index]
            target[index * 3] = value
            target[index * 3 + 1] = value
            target[index * 3 + 2] = value
        }
    }

    /// Three planes → interleaved.
    static func interleave(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, pixels: Int) {
        for index in 0..<pixels {
            target[index * 3] = source[index]
            target[index * 3 + 1] = source[pixels + index]
            target[index * 3 + 2] = source[2 * pixels + index]
        }
    }
}
