// SPDX-License-Identifier: Apache-2.0
public import Core

/// Turns distance into disparity, disparity = focal · baseline / z: for depth that was measured elsewhere and is to be shown as a
/// disparity picture.
public struct DisparityConverter: Sendable {
    /// Sixteenths of a pixel for each distance in millimetres; 0 for `Depth.unknown`.
    private let table: ReciprocalTable

    /// - Parameters:
    ///   - focalPixels: horizontal focal length of the rectified picture; positive.
    ///   - baselineMillimetres: distance of the two lenses; positive.
    /// - Throws: `StereoError.calibration`.
    public init(focalPixels: Double, baselineMillimetres: Double) throws(StereoError) {
        // The same curve, read the other way round.
        let curve = try DepthConverter(focalPixels: focalPixels, baselineMillimetres: baselineMillimetres)
        table = ReciprocalTable { millimetres in
            millimetres == 0 || millimetres == Depth.unknown ? 0 : curve.millimetres(disparity: millimetres)
        }
    }

    /// Converts a whole picture.
    /// - Parameters:
    ///   - depth: `depth16`.
    ///   - disparity: `disparity16` of the same size, in sixteenths of a pixel.
    /// - Throws: `StereoError.format`, `StereoError.size`.
    public func convert(depth: Frame, into disparity: borrowing FrameDraft) throws(StereoError) {
        let header = depth.header
        try header.expect("depth", .depth16, width: header.width, height: header.height)
        try disparity.header.expect("disparity", .disparity16, width: header.width, height: header.height)
        table.convert(depth, into: disparity)
    }
}
