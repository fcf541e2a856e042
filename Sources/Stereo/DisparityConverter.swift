// SPDX-License-Identifier: Apache-2.0
public import Core

/// Turns distance into disparity, disparity = focal · baseline / z: for depth that was measured elsewhere and is to be shown as a
/// disparity picture.
public struct DisparityConverter: Sendable {
    /// Sixteenths of a pixel for each distance in millimetres: every `UInt16` has its entry, `Depth.unknown` has 0.
    private let table: [UInt16]

    /// - Parameters:
    ///   - focalPixels: horizontal focal length of the rectified picture; positive.
    ///   - baselineMillimetres: distance of the two lenses; positive.
    /// - Throws: `StereoError.calibration`.
    public init(focalPixels: Double, baselineMillimetres: Double) throws(StereoError) {
        // The same curve, read the other way round.
        let curve = try DepthConverter(focalPixels: focalPixels, baselineMillimetres: baselineMillimetres)
        table = (0...UInt16.max).map { millimetres in
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
        depth.withUnsafeUInt16 { source in
            disparity.withUnsafeMutableUInt16 { target in
                table.withUnsafeBufferPointer { table in
                    for index in 0..<min(source.count, target.count) { target[index] = table[Int(source[index])] }
                }
            }
        }
    }
}
