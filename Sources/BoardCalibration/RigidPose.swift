// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// Where something stands: p ↦ `rotation` · p + `translation`, millimetres.
struct RigidPose {
    var rotation: Matrix3
    var translation: SIMD3<Double>

    static let identity = RigidPose(rotation: .identity, translation: .zero)

    func callAsFunction(_ point: SIMD3<Double>) -> SIMD3<Double> { turned(point) + translation }

    /// Turned only. Written out, because the solver's inner loop must not allocate.
    func turned(_ p: SIMD3<Double>) -> SIMD3<Double> {
        let r = rotation.rows
        return SIMD3(
            r[0] * p.x + r[1] * p.y + r[2] * p.z, r[3] * p.x + r[4] * p.y + r[5] * p.z, r[6] * p.x + r[7] * p.y + r[8] * p.z)
    }

    /// Turned the other way.
    func turnedBack(_ p: SIMD3<Double>) -> SIMD3<Double> {
        let r = rotation.rows
        return SIMD3(
            r[0] * p.x + r[3] * p.y + r[6] * p.z, r[1] * p.x + r[4] * p.y + r[7] * p.z, r[2] * p.x + r[5] * p.y + r[8] * p.z)
    }

    /// First this, then `next`.
    func followed(by next: RigidPose) -> RigidPose {
        RigidPose(rotation: next.rotation * rotation, translation: next(translation))
    }

    var inverse: RigidPose {
        let back = rotation.transposed
        return RigidPose(rotation: back, translation: back * -translation)
    }

    /// Turned a little further about `turn` (axis times angle, radians) and moved.
    func moved(turn: SIMD3<Double>, by shift: SIMD3<Double>) -> RigidPose {
        RigidPose(rotation: Rotation.about(turn) * rotation, translation: translation + shift)
    }
}

/// Rotations as matrices and as axis times angle.
enum Rotation {
    /// The rotation about `vector` by its length in radians (Rodrigues' formula).
    static func about(_ vector: SIMD3<Double>) -> Matrix3 {
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

    /// Axis times angle of a rotation of less than 180°.
    static func vector(_ rotation: Matrix3) -> SIMD3<Double> {
        let axis = SIMD3(rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1])
        let doubleSine = (axis * axis).sum().squareRoot()
        guard doubleSine > 1e-12 else { return .zero }
        let cosine = (rotation[0, 0] + rotation[1, 1] + rotation[2, 2] - 1) / 2
        return axis * (atan2(doubleSine / 2, cosine) / doubleSine)
    }

    /// The rotation whose first two columns are nearest to two vectors that are almost orthonormal; nil for degenerate ones.
    static func nearest(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> Matrix3? {
        // The bisectors of two unit vectors are square to each other: error is shared between both.
        guard let a = unit(first), let b = unit(second), let sum = unit(a + b), let difference = unit(a - b) else { return nil }
        let (x, y) = ((sum + difference) / 2.0.squareRoot(), (sum - difference) / 2.0.squareRoot())
        let z = cross(x, y)
        return Matrix3([x.x, y.x, z.x, x.y, y.y, z.y, x.z, y.z, z.z])
    }

    static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
    }

    private static func unit(_ vector: SIMD3<Double>) -> SIMD3<Double>? {
        let length = (vector * vector).sum().squareRoot()
        guard length > 1e-9, length.isFinite else { return nil }
        return vector / length
    }
}
