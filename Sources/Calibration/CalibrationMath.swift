// SPDX-License-Identifier: Apache-2.0
import Core

/// The little linear algebra that calibration files need.
enum CalibrationMath {
    static func determinant(_ m: Matrix3) -> Double {
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1]) - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
            + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0])
    }

    /// Splits a matrix into an upper triangular one with a positive diagonal times a rotation (RQ decomposition by
    /// Gram–Schmidt from the last row up); nil when it is singular or not finite. The matrix's determinant is positive.
    static func triangularTimesRotation(_ m: Matrix3) -> (triangular: Matrix3, rotation: Matrix3)? {
        func row(_ index: Int) -> SIMD3<Double> { SIMD3(m[index, 0], m[index, 1], m[index, 2]) }
        func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }
        func length(_ a: SIMD3<Double>) -> Double { dot(a, a).squareRoot() }
        let k22 = length(row(2))
        guard k22 > 1e-9, k22.isFinite else { return nil }
        let q2 = row(2) / k22
        let k12 = dot(row(1), q2)
        let rest1 = row(1) - k12 * q2
        let k11 = length(rest1)
        guard k11 > 1e-9, k11.isFinite else { return nil }
        let q1 = rest1 / k11
        let (k02, k01) = (dot(row(0), q2), dot(row(0), q1))
        let rest0 = row(0) - k02 * q2 - k01 * q1
        let k00 = length(rest0)
        guard k00 > 1e-9, k00.isFinite else { return nil }
        let q0 = rest0 / k00
        return (
            Matrix3([k00, k01, k02, 0, k11, k12, 0, 0, k22]), Matrix3([q0.x, q0.y, q0.z, q1.x, q1.y, q1.z, q2.x, q2.y, q2.z])
        )
    }
}

/// How one camera stands to another: p ↦ `rotation` · p + `translation`.
struct CalibrationPose {
    var rotation: Matrix3
    var translation: SIMD3<Double>

    static let identity = CalibrationPose(rotation: .identity, translation: .zero)

    /// First this, then `next`.
    func followed(by next: CalibrationPose) -> CalibrationPose {
        CalibrationPose(rotation: next.rotation * rotation, translation: next.rotation * translation + next.translation)
    }

    var inverse: CalibrationPose {
        let back = rotation.transposed
        return CalibrationPose(rotation: back, translation: back * -translation)
    }
}
