// SPDX-License-Identifier: Apache-2.0
import Core

/// The map from a plane onto a picture, up to scale: direct linear transform with both sides normalised (Hartley 1997).
enum Homography {
    /// - Returns: nil when the points do not span a plane.
    static func mapping(_ from: [SIMD2<Double>], to: [SIMD2<Double>]) -> Matrix3? {
        guard from.count == to.count, from.count >= 4, let source = Normalisation(from), let target = Normalisation(to) else {
            return nil
        }
        // The last element is 1: the plane's normalised origin, the middle of the points, is seen and so not at infinity.
        var normal = [Double](repeating: 0, count: 64)
        var right = [Double](repeating: 0, count: 8)
        for (p, q) in zip(from, to) {
            let (a, b) = (source.apply(p), target.apply(q))
            let rows = [
                [a.x, a.y, 1, 0, 0, 0, -a.x * b.x, -a.y * b.x], [0, 0, 0, a.x, a.y, 1, -a.x * b.y, -a.y * b.y],
            ]
            for (row, value) in zip(rows, [b.x, b.y]) {
                for i in 0..<8 {
                    right[i] += row[i] * value
                    for j in 0...i { normal[i * 8 + j] += row[i] * row[j] }
                }
            }
        }
        guard let solved = Cholesky(normal, size: 8)?.solve(right), let back = target.matrix.inverse else { return nil }
        return back * Matrix3(solved + [1]) * source.matrix
    }

    /// Moves points to the origin and scales them to a mean distance of √2.
    private struct Normalisation {
        let centre: SIMD2<Double>
        let scale: Double

        init?(_ points: [SIMD2<Double>]) {
            let centre = points.reduce(SIMD2<Double>.zero, +) / Double(points.count)
            let distance =
                points.reduce(0.0) { sum, point in
                    sum + ((point - centre) * (point - centre)).sum().squareRoot()
                } / Double(points.count)
            guard distance > 1e-9, distance.isFinite else { return nil }
            self.centre = centre
            scale = 2.0.squareRoot() / distance
        }

        func apply(_ point: SIMD2<Double>) -> SIMD2<Double> { (point - centre) * scale }
        var matrix: Matrix3 { Matrix3([scale, 0, -scale * centre.x, 0, scale, -scale * centre.y, 0, 0, 1]) }
    }
}
