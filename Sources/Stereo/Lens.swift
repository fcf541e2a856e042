// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// A camera model made ready for computing: OpenCV's pinhole with radial (rational), tangential, thin-prism and tilt terms.
///
/// Rays are given by their point (x, y) on the plane one unit before the lens. The formulas are those of OpenCV's
/// calib3d documentation.
struct Lens {
    let model: CameraModel
    /// k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4, zeros where the model has fewer.
    private let k: [Double]
    /// Tilt of the sensor as a homography, row by row; nil for none.
    private let tilt: [Double]?
    private let isStraight: Bool

    /// - Parameter name: which camera, for the error.
    init(_ model: CameraModel, name: String) throws(StereoError) {
        let values = [model.fx, model.fy, model.cx, model.cy] + model.distortion
        guard values.allSatisfy(\.isFinite) else {
            throw .calibration(field: name, reason: "not every value is a finite number")
        }
        guard model.fx > 0, model.fy > 0 else {
            throw .calibration(field: "\(name) focal length", reason: "\(model.fx), \(model.fy) px must be positive")
        }
        guard [0, 5, 8, 12, 14].contains(model.distortion.count) else {
            throw .calibration(
                field: "\(name) distortion", reason: "\(model.distortion.count) coefficients; give 0, 5, 8, 12 or 14")
        }
        self.model = model
        k = Array((model.distortion + Array(repeating: 0, count: 12)).prefix(12))
        let angles = model.distortion.count == 14 ? (model.distortion[12], model.distortion[13]) : (0, 0)
        tilt = angles == (0, 0) ? nil : Lens.tilt(angles.0, angles.1).rows
        isStraight = model.distortion.allSatisfy { $0 == 0 }
    }

    private static func tilt(_ x: Double, _ y: Double) -> Matrix3 {
        let aboutX = Matrix3([1, 0, 0, 0, cos(x), sin(x), 0, -sin(x), cos(x)])
        let aboutY = Matrix3([cos(y), 0, -sin(y), 0, 1, 0, sin(y), 0, cos(y)])
        let rotation = aboutY * aboutX
        let projection = Matrix3([rotation[2, 2], 0, -rotation[0, 2], 0, rotation[2, 2], -rotation[1, 2], 0, 0, 1])
        return projection * rotation
    }

    /// Where the lens bends a ray to, still on the plane before the lens.
    func bend(_ ray: SIMD2<Double>) -> SIMD2<Double> {
        guard !isStraight else { return ray }
        let (x, y) = (ray.x, ray.y)
        let r2 = x * x + y * y
        let radial = (1 + r2 * (k[0] + r2 * (k[1] + r2 * k[4]))) / (1 + r2 * (k[5] + r2 * (k[6] + r2 * k[7])))
        let bent = SIMD2(
            x * radial + 2 * k[2] * x * y + k[3] * (r2 + 2 * x * x) + r2 * (k[8] + r2 * k[9]),
            y * radial + k[2] * (r2 + 2 * y * y) + 2 * k[3] * x * y + r2 * (k[10] + r2 * k[11]))
        guard let tilt else { return bent }
        let z = tilt[6] * bent.x + tilt[7] * bent.y + tilt[8]
        return SIMD2(
            tilt[0] * bent.x + tilt[1] * bent.y + tilt[2], tilt[3] * bent.x + tilt[4] * bent.y + tilt[5]) / (z == 0 ? 1 : z)
    }

    /// The pixel that sees a ray.
    func project(_ ray: SIMD2<Double>) -> SIMD2<Double> {
        bend(ray) * SIMD2(model.fx, model.fy) + SIMD2(model.cx, model.cy)
    }

    /// The ray that a pixel sees, by Newton's method from the ray of a lens without distortion.
    func unproject(_ pixel: SIMD2<Double>) -> SIMD2<Double> {
        let bent = (pixel - SIMD2(model.cx, model.cy)) / SIMD2(model.fx, model.fy)
        var ray = bent
        for _ in 0..<50 {
            let error = bend(ray) - bent
            let (alongX, alongY) = slopes(at: ray)
            let determinant = alongX.x * alongY.y - alongX.y * alongY.x
            guard (error * error).sum() > 1e-24, abs(determinant) > 1e-9 else { break }
            ray -= SIMD2(alongY.y * error.x - alongY.x * error.y, alongX.x * error.y - alongX.y * error.x) / determinant
        }
        return ray
    }

    /// How `bend` changes along x and along y.
    private func slopes(at ray: SIMD2<Double>) -> (alongX: SIMD2<Double>, alongY: SIMD2<Double>) {
        let step = 1e-6
        return (
            (bend(ray + SIMD2(step, 0)) - bend(ray - SIMD2(step, 0))) / (2 * step),
            (bend(ray + SIMD2(0, step)) - bend(ray - SIMD2(0, step))) / (2 * step)
        )
    }
}
