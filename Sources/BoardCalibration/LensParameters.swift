// SPDX-License-Identifier: Apache-2.0
import Core

/// Which lens is fitted.
public enum LensShape: String, Sendable, Hashable, CaseIterable {
    /// k1 k2 p1 p2 k3: lenses of up to about 90°.
    case standard
    /// k4 k5 k6 beside these: wide lenses. Needs more pairs, with corners up to the picture's edge.
    case rational

    /// Distortion coefficients.
    var coefficients: Int { self == .standard ? 5 : 8 }
}

/// A lens while it is being fitted, with OpenCV's model: fx fy cx cy, then k1 k2 p1 p2 k3 [k4 k5 k6].
struct LensParameters {
    var values: [Double]

    init(focal: SIMD2<Double>, centre: SIMD2<Double>, shape: LensShape) {
        values = [focal.x, focal.y, centre.x, centre.y] + Array(repeating: 0, count: shape.coefficients)
    }

    func model(width: Int, height: Int) -> CameraModel {
        CameraModel(
            width: width, height: height, fx: values[0], fy: values[1], cx: values[2], cy: values[3],
            distortion: Array(values[4...]))
    }

    /// Where a point in camera coordinates is seen; nil behind the camera.
    ///
    /// - Parameters:
    ///   - slopes: gets the derivatives by the lens's values: those of x, then those of y (`2 * values.count`).
    ///   - pointSlopes: gets those by the point's coordinates: x by X, Y, Z, then y.
    func project(
        _ point: SIMD3<Double>, slopes: UnsafeMutablePointer<Double>, pointSlopes: inout (SIMD3<Double>, SIMD3<Double>)
    ) -> SIMD2<Double>? {
        guard point.z > 1e-6 else { return nil }
        let n = values.count
        let (fx, fy) = (values[0], values[1])
        let (k1, k2, p1, p2, k3) = (values[4], values[5], values[6], values[7], values[8])
        let (k4, k5, k6) = n > 9 ? (values[9], values[10], values[11]) : (0, 0, 0)
        let (a, b) = (point.x / point.z, point.y / point.z)
        let r2 = a * a + b * b
        let (r4, r6) = (r2 * r2, r2 * r2 * r2)
        let over = 1 + k1 * r2 + k2 * r4 + k3 * r6
        let under = 1 + k4 * r2 + k5 * r4 + k6 * r6
        guard under > 1e-3 else { return nil }
        let radial = over / under
        let x = a * radial + 2 * p1 * a * b + p2 * (r2 + 2 * a * a)
        let y = b * radial + p1 * (r2 + 2 * b * b) + 2 * p2 * a * b

        for index in 0..<2 * n { slopes[index] = 0 }
        (slopes[0], slopes[n + 1], slopes[2], slopes[n + 3]) = (x, y, 1, 1)
        func set(_ index: Int, _ dx: Double, _ dy: Double) { (slopes[index], slopes[n + index]) = (fx * dx, fy * dy) }
        set(4, a * r2 / under, b * r2 / under)
        set(5, a * r4 / under, b * r4 / under)
        set(6, 2 * a * b, r2 + 2 * b * b)
        set(7, r2 + 2 * a * a, 2 * a * b)
        set(8, a * r6 / under, b * r6 / under)
        if n > 9 {
            let factor = -radial / under
            set(9, a * r2 * factor, b * r2 * factor)
            set(10, a * r4 * factor, b * r4 * factor)
            set(11, a * r6 * factor, b * r6 * factor)
        }

        // Slope of the radial factor by r², and with it those of x and y by a and b.
        let slope = (k1 + 2 * k2 * r2 + 3 * k3 * r4 - radial * (k4 + 2 * k5 * r2 + 3 * k6 * r4)) / under
        let xa = radial + 2 * a * a * slope + 2 * p1 * b + 6 * p2 * a
        let xb = 2 * a * b * slope + 2 * p1 * a + 2 * p2 * b
        let yb = radial + 2 * b * b * slope + 6 * p1 * b + 2 * p2 * a
        pointSlopes.0 = SIMD3(xa, xb, -(xa * a + xb * b)) * (fx / point.z)
        pointSlopes.1 = SIMD3(xb, yb, -(xb * a + yb * b)) * (fy / point.z)
        return SIMD2(fx * x + values[2], fy * y + values[3])
    }
}
