// SPDX-License-Identifier: Apache-2.0
public import Core

/// One of the two cameras of a stereo pair.
public enum StereoSide: Sendable, Hashable, CaseIterable {
    case left
    case right
}

/// Takes lens distortion and misalignment out of a stereo pair: afterwards corresponding points lie in the same row, and
/// depth is `rectifiedModel.fx` · `baselineMillimetres` / disparity.
public struct Rectifier: Sendable {
    public let width: Int
    public let height: Int
    /// The distortion-free camera that both rectified pictures share.
    public let rectifiedModel: CameraModel
    /// Distance of the lenses, millimetres.
    public let baselineMillimetres: Double
    /// Raw left camera coordinates to rectified ones.
    public let leftRotation: Matrix3
    /// Raw right camera coordinates to rectified ones.
    public let rightRotation: Matrix3
    /// Whether raw pictures are rectified already, to 1/50 pixel: callers can pass them through.
    public let isIdentity: Bool

    private let cameras: (left: RawCamera, right: RawCamera)
    /// Nil when `isIdentity`.
    private let tables: (left: RemapTable, right: RemapTable)?

    /// Computes the rectification of frames of one size.
    ///
    /// With rotations of its own a calibration is rectified as gen1 does it, onto the right camera's matrix; otherwise the
    /// rotations are computed and the view is the widest one without gaps.
    /// - Parameters:
    ///   - width: of the frames, 64...4096 pixels; the calibration is scaled to it.
    ///   - height: 16...4096 pixels.
    ///   - crop: which rows the frames show when they are fewer than the calibration's shape has.
    /// - Throws: `StereoError.pictureSize`, `.shape` or `.calibration`.
    public init(calibration: StereoCalibration, width: Int, height: Int, crop: RowCrop = .top) throws(StereoError) {
        guard (64...4096).contains(width), (16...4096).contains(height) else {
            throw .pictureSize(width: width, height: height, allowed: "64...4096 by 16...4096 pixels")
        }
        let rotations = try RectifyingRotations(calibration)
        let leftModel = try calibration.left.adapted(width: width, height: height, crop: crop)
        let rightModel = try calibration.right.adapted(width: width, height: height, crop: crop)
        let left = RawCamera(try Lens(leftModel, name: "left"), rotations.left)
        let right = RawCamera(try Lens(rightModel, name: "right"), rotations.right)
        if calibration.rectification == nil {
            rectifiedModel = try RectifiedView.widest(left: left, right: right, width: width, height: height)
        } else {
            var ideal = rightModel
            ideal.distortion = []
            rectifiedModel = ideal
        }
        self.width = width
        self.height = height
        baselineMillimetres = calibration.baselineMillimetres
        leftRotation = rotations.left
        rightRotation = rotations.right
        cameras = (left, right)
        let tables = (
            left: RemapTable(view: rectifiedModel, camera: left), right: RemapTable(view: rectifiedModel, camera: right)
        )
        isIdentity = max(tables.left.largestShift, tables.right.largestShift) < 0.02
        self.tables = isIdentity ? nil : tables
    }

    /// Rectifies one picture; what lies beyond the raw picture repeats its edge.
    /// - Parameters:
    ///   - frame: `gray8` of the rectifier's size.
    ///   - draft: the same.
    /// - Throws: `StereoError.format`, `StereoError.size`.
    public func rectify(_ frame: Frame, side: StereoSide, into draft: borrowing FrameDraft) throws(StereoError) {
        try frame.header.expect("raw", .gray8, width: width, height: height)
        try draft.header.expect("rectified", .gray8, width: width, height: height)
        let table = side == .left ? tables?.left : tables?.right
        frame.withUnsafeBytes { source in
            draft.withUnsafeMutableBytes { target in
                if let table { table.apply(source, to: target) } else { target.copyMemory(from: source) }
            }
        }
    }

    /// Where a point of a raw picture lies in the rectified one; pixels.
    public func rectifiedPoint(_ raw: SIMD2<Double>, side: StereoSide) -> SIMD2<Double> {
        let ray = (side == .left ? cameras.left : cameras.right).rectifiedRay(ofPixel: raw)
        return ray * SIMD2(rectifiedModel.fx, rectifiedModel.fy) + SIMD2(rectifiedModel.cx, rectifiedModel.cy)
    }

    /// Where a point of a rectified picture comes from in the raw one; pixels. Nil behind the camera.
    /// For tests; pictures are remapped by tables.
    public func rawPoint(_ rectified: SIMD2<Double>, side: StereoSide) -> SIMD2<Double>? {
        let ray = (rectified - SIMD2(rectifiedModel.cx, rectifiedModel.cy)) / SIMD2(rectifiedModel.fx, rectifiedModel.fy)
        return (side == .left ? cameras.left : cameras.right).pixel(ofRectified: ray)
    }
}
