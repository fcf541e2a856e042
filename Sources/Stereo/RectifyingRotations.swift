// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// The rotations that turn both cameras to look the same way, square to their baseline, so that rows correspond.
struct RectifyingRotations {
    let left: Matrix3
    let right: Matrix3

    /// The calibration's own rotations, or Bouguet's: each camera takes half of the relative rotation, then both turn so
    /// that the baseline lies along x (the method of OpenCV's `stereoRectify`).
    init(_ calibration: StereoCalibration) throws(StereoError) {
        try RectifyingRotations.check(calibration.rotation, "rotation")
        let translation = calibration.translationMillimetres
        let length = calibration.baselineMillimetres
        guard length.isFinite, length > 0 else {
            throw .calibration(field: "translation", reason: "the baseline is \(length) mm; it must be positive")
        }
        guard translation.x < 0, -translation.x > 0.7 * length else {
            throw .calibration(
                field: "translation",
                reason: "\(translation.x), \(translation.y), \(translation.z) mm does not point along -x; "
                    + "are left and right swapped?")
        }
        if let given = calibration.rectification {
            try RectifyingRotations.check(given.left, "left rectification")
            try RectifyingRotations.check(given.right, "right rectification")
            left = given.left
            right = given.right
            return
        }
        let half = RectifyingRotations.rotation(RectifyingRotations.vector(calibration.rotation) * -0.5)
        let baseline = half * translation
        // The axis is the cross product of the baseline with -x, the angle the one between them.
        let axis = SIMD3(0, -baseline.z, baseline.y)
        let sine = (axis * axis).sum().squareRoot()
        let turn = sine > 0 ? axis * (acos(min(1, -baseline.x / length)) / sine) : axis
        let level = RectifyingRotations.rotation(turn)
        left = level * half.transposed
        right = level * half
    }

    private static func check(_ matrix: Matrix3, _ field: String) throws(StereoError) {
        let product = matrix * matrix.transposed
        let isOrthonormal = (0..<9).allSatisfy { abs(product.rows[$0] - ($0 % 4 == 0 ? 1 : 0)) < 1e-3 }
        let trace = matrix[0, 0] + matrix[1, 1] + matrix[2, 2]
        guard isOrthonormal else { throw .calibration(field: field, reason: "is not a rotation matrix") }
        guard trace > 2 else { throw .calibration(field: field, reason: "turns by more than 60°") }
    }

    /// Axis times angle in radians of a rotation of less than 180°.
    static func vector(_ rotation: Matrix3) -> SIMD3<Double> {
        let axis = SIMD3(
            rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1])
        let doubleSine = (axis * axis).sum().squareRoot()
        guard doubleSine > 1e-12 else { return .zero }
        let cosine = (rotation[0, 0] + rotation[1, 1] + rotation[2, 2] - 1) / 2
        return axis * (atan2(doubleSine / 2, cosine) / doubleSine)
    }

    /// The rotation about `vector` by its length in radians (Rodrigues' formula).
    static func rotation(_ vector: SIMD3<Double>) -> Matrix3 {
        let angle = (vector * vector).sum().squareRoot()
        guard angle > 0 else { return .identity }
        let n = vector / angle
        let (s, c) = (sin(angle), 1 - cos(angle))
        return Matrix3([
            1 - c * (n.y * n.y + n.z * n.z), c * n.x * n.y - s * n.z, c * n.x * n.z + s * n.y,
            c * n.x * n.y + s * n.z, 1 - c * (n.x * n.x + n.z * n.z), c * n.y * n.z - s * n.x,
            c * n.x * n.z - s * n.y, c * n.y * n.z + s * n.x, 1 - c * (n.x * n.x + n.y * n.y),
        ])
    }
}
