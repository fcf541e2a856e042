// SPDX-License-Identifier: Apache-2.0
public import Core

/// Disparity as a picture for people and gen1 clients.
public enum DisparityPicture {
    /// The gen1 `disparity` stream: whole pixels, rounded; 0 = unknown. A known disparity is never written as 0, one over
    /// 255 px as 255.
    /// - Parameters:
    ///   - disparity: `disparity16`.
    ///   - unitsPerPixel: what one pixel of disparity is in it (`StereoSettings.unitsPerPixel`).
    ///   - target: `disparity8` of the same size.
    /// - Throws: `StereoError.format`, `StereoError.size`.
    public static func bytes(
        _ disparity: Frame, unitsPerPixel: Int = 16, into target: borrowing FrameDraft
    ) throws(StereoError) {
        try check(disparity, target.header, .disparity8)
        disparity.withUnsafeUInt16 { source in
            target.withUnsafeMutableBytes { bytes in
                for index in 0..<min(source.count, bytes.count) {
                    bytes[index] = UInt8(wholePixels(source[index], unitsPerPixel, atMost: 255))
                }
            }
        }
    }

    /// The gen1 `disparity_color` stream: unknown black, far blue, near red; disparities over 95 px have the colour of 95.
    /// - Parameters:
    ///   - disparity: `disparity16`.
    ///   - unitsPerPixel: what one pixel of disparity is in it (`StereoSettings.unitsPerPixel`).
    ///   - target: `bgr24` of the same size.
    /// - Throws: `StereoError.format`, `StereoError.size`.
    public static func color(
        _ disparity: Frame, unitsPerPixel: Int = 16, into target: borrowing FrameDraft
    ) throws(StereoError) {
        try check(disparity, target.header, .bgr24)
        disparity.withUnsafeUInt16 { source in
            target.withUnsafeMutableBytes { bytes in
                colors.withUnsafeBufferPointer { colors in
                    for index in 0..<min(source.count, bytes.count / 3) {
                        let color = colors[wholePixels(source[index], unitsPerPixel, atMost: 95)]
                        bytes[3 * index] = color.x
                        bytes[3 * index + 1] = color.y
                        bytes[3 * index + 2] = color.z
                    }
                }
            }
        }
    }

    /// The colour (blue, green, red) of each whole disparity 0...95, as on gen1 devices.
    package static let colors: [SIMD3<UInt8>] = (0...95).map { disparity in
        let d = disparity
        let (blue, green, red) =
            switch d {
            case 0: (0, 0, 0)
            case 1...15: (100 + 10 * d, 0, 0)
            case 16...41: (255, 10 * (d - 16), 0)
            case 42...67: (255 - 10 * (d - 42), 255, 10 * (d - 42))
            case 68...92: (0, 255 - 10 * (d - 67), 255)
            default: (0, 0, 255 - 10 * (d - 92))
            }
        return SIMD3(UInt8(blue), UInt8(green), UInt8(red))
    }

    private static func wholePixels(_ value: UInt16, _ unitsPerPixel: Int, atMost limit: Int) -> Int {
        value == 0 ? 0 : min(limit, max(1, (Int(value) + unitsPerPixel / 2) / unitsPerPixel))
    }

    private static func check(_ disparity: Frame, _ target: FrameHeader, _ format: PixelFormat) throws(StereoError) {
        let header = disparity.header
        try header.expect("disparity", .disparity16, width: header.width, height: header.height)
        try target.expect(format.rawValue, format, width: header.width, height: header.height)
    }
}
