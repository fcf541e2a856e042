// SPDX-License-Identifier: Apache-2.0
import Core

/// The lens of a `CameraModel`, in normalised coordinates (x/z, y/z), with OpenCV's fourteen coefficients
/// (calib3d documentation, "rational, thin prism and tilted model").
package struct LensDistortion {
    private let k: [Double]
    private let tilt: Matrix3?
    private let untilt: Matrix3?

    /// - Parameter coefficients: 0 to 14 of them, in OpenCV's order.
    package init(_ coefficients: [Double]) {
        k = coefficients + Array(repeating: 0, count: max(0, 14 - coefficients.count))
        let tilted = (k[12], k[13]) != (0, 0)
        tilt = tilted ? LensDistortion.tiltMatrix(k[12], k[13]) : nil
        untilt = tilt?.inverse
    }

    /// Where an ideal lens would have put what this lens put at `point`; fixed-point iteration as OpenCV's
    /// `undistortPoints`, continued until it stands still.
    package func undistorted(_ point: SIMD2<Double>) -> SIMD2<Double> {
        let target = LensDistortion.apply(untilt, to: point)
        var ideal = target
        for _ in 0..<100 {
            let (radial, offset) = terms(ideal)
            let next = (target - offset) / radial
            guard next.x.isFinite, next.y.isFinite else { return target }
            let step = next - ideal
            ideal = next
            if (step * step).sum() < 1e-22 { break }
        }
        return ideal
    }

    /// The radial factor, and the tangential and thin-prism offset, at an ideal point.
    private func terms(_ p: SIMD2<Double>) -> (radial: Double, offset: SIMD2<Double>) {
        let r2 = (p * p).sum()
        let (r4, r6, xy) = (r2 * r2, r2 * r2 * r2, p.x * p.y)
        let radial = (1 + k[0] * r2 + k[1] * r4 + k[4] * r6) / (1 + k[5] * r2 + k[6] * r4 + k[7] * r6)
        let x = 2 * k[2] * xy + k[3] * (r2 + 2 * p.x * p.x) + k[8] * r2 + k[9] * r4
        let y = k[2] * (r2 + 2 * p.y * p.y) + 2 * k[3] * xy + k[10] * r2 + k[11] * r4
        return (radial, SIMD2(x, y))
    }

    private static func apply(_ matrix: Matrix3?, to point: SIMD2<Double>) -> SIMD2<Double> {
        guard let matrix else { return point }
        let p = matrix * SIMD3(point.x, point.y, 1)
        return SIMD2(p.x / p.z, p.y / p.z)
    }

    /// The sensor's tilt about x and y as a homography of the normalised plane.
    private static func tiltMatrix(_ tauX: Double, _ tauY: Double) -> Matrix3 {
        let (sx, cx) = sineAndCosine(tauX)
        let (sy, cy) = sineAndCosine(tauY)
        let rotation = Matrix3([cy, 0, -sy, 0, 1, 0, sy, 0, cy]) * Matrix3([1, 0, 0, 0, cx, sx, 0, -sx, cx])
        let r = rotation
        return Matrix3([r[2, 2], 0, -r[0, 2], 0, r[2, 2], -r[1, 2], 0, 0, 1]) * rotation
    }
}
