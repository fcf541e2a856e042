// SPDX-License-Identifier: Apache-2.0
public import Core

/// The colour camera as the rectified right camera sees it.
public struct ColorView: Sendable, Hashable {
    /// The colour lens, for the full frame the network's boxes are fractions of.
    public let model: CameraModel
    /// A point in rectified-right coordinates p becomes `rotation` · p + `translationMillimetres` in colour coordinates.
    public let rotation: Matrix3
    public let translationMillimetres: SIMD3<Double>

    public init(model: CameraModel, rotation: Matrix3, translationMillimetres: SIMD3<Double>) {
        self.model = model
        self.rotation = rotation
        self.translationMillimetres = translationMillimetres
    }

    /// From a calibration, whose colour pose is relative to the right camera before rectification.
    /// - Parameter rightRectification: what turns right coordinates into rectified right coordinates.
    public init(_ color: ColorCalibration, rightRectification: Matrix3) {
        self.init(
            model: color.model, rotation: color.rotation * rightRectification.transposed,
            translationMillimetres: color.translationMillimetres)
    }

    /// The part of the ideal colour plane (normalised coordinates, lens undone) that a box of the real picture covers.
    /// The lens bends the box's sides by less than a depth pixel; their middles stand for them.
    func idealRectangle(of box: NormalizedBox, lens: LensDistortion) -> (low: SIMD2<Double>, high: SIMD2<Double>) {
        func ideal(_ x: Float, _ y: Float) -> SIMD2<Double> {
            let u = Double(x) * Double(model.width) - 0.5
            let v = Double(y) * Double(model.height) - 0.5
            return lens.undistorted(SIMD2((u - model.cx) / model.fx, (v - model.cy) / model.fy))
        }
        return (
            SIMD2(ideal(box.xMin, box.centerY).x, ideal(box.centerX, box.yMin).y),
            SIMD2(ideal(box.xMax, box.centerY).x, ideal(box.centerX, box.yMax).y)
        )
    }

    /// The point at distance `z` (millimetres, rectified right coordinates) on the ray of an ideal colour point, or nil
    /// when the ray never gets there.
    func point(on ideal: SIMD2<Double>, atZ z: Double) -> SIMD3<Double>? {
        let back = rotation.transposed
        let direction = back * SIMD3(ideal.x, ideal.y, 1)
        let origin = back * -translationMillimetres
        guard direction.z > 1e-6 else { return nil }
        let along = (z - origin.z) / direction.z
        guard along > 0, along.isFinite else { return nil }
        return origin + along * direction
    }
}
