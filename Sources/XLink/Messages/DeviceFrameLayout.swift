// SPDX-License-Identifier: Apache-2.0

/// Where in a message's bytes the planes of an image are.
public struct DeviceFrameLayout: Sendable, Hashable {
    /// Bytes from row to row of the first plane; of 4:2:0 planes the second and third have half of it, NV12's second all of it.
    public let stride: Int
    /// Where the planes begin; zero for planes that the format has not.
    public let offsets: SIMD3<Int>
}

extension DeviceFrame {
    /// Where the planes are: where the device says, if what it says fits the bytes, else row to row from the start, which is
    /// how the vendor's host library reads them.
    /// - Returns: nil when there are fewer bytes than the image needs, when it has no pixels, or when its format is not one of
    ///   those named in `Format`.
    public func layout(dataBytes: Int) -> DeviceFrameLayout? {
        guard let shape = Shape(format), width > 0, height > 0, width <= Self.longestSide, height <= Self.longestSide else {
            return nil
        }
        let told = DeviceFrameLayout(stride: stride, offsets: planes)
        let row = width * shape.bytesPerPixel
        if stride >= row, stride <= Self.longestSide * 8, shape.fits(told, row: row, height: height, dataBytes: dataBytes) {
            return told
        }
        let tight = shape.tight(row: row, height: height)
        return shape.fits(tight, row: row, height: height, dataBytes: dataBytes) ? tight : nil
    }

    /// No sensor of these devices has more pixels in a row or column; keeps the arithmetic far from overflowing.
    private static var longestSide: Int { 16_384 }

    /// What planes a format has.
    private struct Shape {
        let bytesPerPixel: Int
        /// Divisors of the rows' length and number of the second and third plane; empty for formats of one plane.
        let further: [(row: Int, height: Int)]

        init?(_ format: Format) {
            switch format {
            case .raw8, .gray8: (bytesPerPixel, further) = (1, [])
            case .raw16: (bytesPerPixel, further) = (2, [])
            case .bgrInterleaved: (bytesPerPixel, further) = (3, [])
            case .bgrPlanar: (bytesPerPixel, further) = (1, [(1, 1), (1, 1)])
            case .nv12: (bytesPerPixel, further) = (1, [(1, 2)])
            case .yuv420p: (bytesPerPixel, further) = (1, [(2, 2), (2, 2)])
            default: return nil
            }
        }

        func tight(row: Int, height: Int) -> DeviceFrameLayout {
            var offsets = SIMD3<Int>.zero
            var end = row * height
            for (index, plane) in further.enumerated() {
                offsets[index + 1] = end
                end += (row / plane.row) * (height / plane.height)
            }
            return DeviceFrameLayout(stride: row, offsets: offsets)
        }

        /// Whether every plane lies behind the one before and within the bytes.
        func fits(_ layout: DeviceFrameLayout, row: Int, height: Int, dataBytes: Int) -> Bool {
            var end = 0
            for (index, plane) in ([(row: 1, height: 1)] + further).enumerated() {
                let rows = height / plane.height
                guard layout.offsets[index] >= end, rows > 0 else { return false }
                end = layout.offsets[index] + layout.stride / plane.row * (rows - 1) + row / plane.row
                guard end <= dataBytes else { return false }
            }
            return true
        }
    }
}
