// SPDX-License-Identifier: Apache-2.0
public import Core

/// Turns disparity into distance: z = focal · baseline / disparity.
///
/// As in gen1's look-up table the result is cut, not rounded, to whole millimetres: baseline 4 cm, focal 883.15 px and
/// 60 px give 588 mm.
public struct DepthConverter: Sendable {
    /// Millimetres for each disparity.
    private let table: ReciprocalTable

    /// - Parameters:
    ///   - focalPixels: horizontal focal length of the rectified picture; positive.
    ///   - baselineMillimetres: distance of the two lenses; positive.
    ///   - unitsPerPixel: what one pixel of disparity is in the map (`StereoSettings.unitsPerPixel`).
    /// - Throws: `StereoError.calibration`.
    public init(focalPixels: Double, baselineMillimetres: Double, unitsPerPixel: Int = 16) throws(StereoError) {
        guard focalPixels.isFinite, focalPixels > 0 else {
            throw .calibration(field: "focal length", reason: "\(focalPixels) px is not a positive length")
        }
        guard baselineMillimetres.isFinite, baselineMillimetres > 0 else {
            throw .calibration(field: "baseline", reason: "\(baselineMillimetres) mm is not a positive length")
        }
        let scale = focalPixels * baselineMillimetres * Double(unitsPerPixel)
        table = ReciprocalTable { disparity in
            let millimetres = scale / Double(disparity)
            return millimetres < Double(Depth.unknown) ? UInt16(millimetres) : Depth.unknown
        }
    }

    /// The distance in millimetres, or `Depth.unknown`, for a disparity in the map's units.
    public func millimetres(disparity: UInt16) -> UInt16 {
        table[disparity]
    }

    /// Converts a whole picture.
    /// - Parameters:
    ///   - disparity: `disparity16`.
    ///   - depth: `depth16` of the same size; `Depth.unknown` where the disparity is unknown or the distance over 65534 mm.
    /// - Throws: `StereoError.format`, `StereoError.size`.
    public func convert(disparity: Frame, into depth: borrowing FrameDraft) throws(StereoError) {
        let header = disparity.header
        try header.expect("disparity", .disparity16, width: header.width, height: header.height)
        try depth.header.expect("depth", .depth16, width: header.width, height: header.height)
        table.convert(disparity, into: depth)
    }
}
