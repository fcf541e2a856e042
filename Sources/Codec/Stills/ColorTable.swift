// SPDX-License-Identifier: Apache-2.0
import Core

/// The colours of a picture whose pixels are numbers of colours.
struct ColorTable {
    /// Blue, green and red of each entry.
    private(set) var entries: [(blue: UInt8, green: UInt8, red: UInt8)] = []
    private var gray: [UInt8] = []

    mutating func add(blue: UInt8, green: UInt8, red: UInt8) {
        entries.append((blue, green, red))
        gray.append(PixelConversion.luma(blue: blue, green: green, red: red))
    }

    /// Writes one pixel of `gray8` or `bgr24`; a number without a colour is black.
    @inline(__always)
    func write(_ number: Int, to target: UnsafeMutablePointer<UInt8>, at pixel: Int, as format: PixelFormat) {
        let isKnown = number < entries.count
        if format == .gray8 {
            target[pixel] = isKnown ? gray[number] : 0
        } else {
            let entry = isKnown ? entries[number] : (blue: 0, green: 0, red: 0)
            target[pixel * 3] = entry.blue
            target[pixel * 3 + 1] = entry.green
            target[pixel * 3 + 2] = entry.red
        }
    }
}
