// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import TestSupport

/// A chessboard as a known camera sees it: every pixel averaged over 16 rays through the lens onto the board,
/// no two of them in one row or column of the pixel, so that a straight edge has 16 grey levels.
struct RenderedBoard {
    let camera: CameraModel
    var columns = 9
    var rows = 6
    var square = 25.0
    /// Board coordinates (z = 0, first inner corner at the origin) to camera coordinates.
    let rotation: Matrix3
    let translation: SIMD3<Double>
    var dark = 40.0
    var bright = 210.0
    var noise = 0.0
    var seed: UInt64 = 1

    /// Where the corners are seen.
    var corners: [SIMD2<Double>] {
        (0..<columns * rows).map { number in
            let point = rotation * SIMD3(Double(number % columns) * square, Double(number / columns) * square, 0) + translation
            let bent = RenderedBoard.bend(SIMD2(point.x, point.y) / point.z, camera.distortion)
            return bent * SIMD2(camera.fx, camera.fy) + SIMD2(camera.cx, camera.cy)
        }
    }

    func frame() -> Frame {
        var random = SeededRandom(seed)
        let back = rotation.transposed
        let origin = back * -translation
        let r = back.rows
        let draft = FramePool.standalone(header(camera.width, camera.height))
        draft.withUnsafeMutableBytes { pixels in
            for y in 0..<camera.height {
                for x in 0..<camera.width {
                    var sum = 0.0
                    for sub in 0..<16 {
                        let pixel =
                            SIMD2(Double(x) + (Double(sub) + 0.5) / 16, Double(y) + (Double(sub * 7 % 16) + 0.5) / 16) - 0.5
                        let ray = RenderedBoard.unbend(
                            (pixel - SIMD2(camera.cx, camera.cy)) / SIMD2(camera.fx, camera.fy), camera.distortion)
                        let dx = r[0] * ray.x + r[1] * ray.y + r[2], dy = r[3] * ray.x + r[4] * ray.y + r[5]
                        let dz = r[6] * ray.x + r[7] * ray.y + r[8]
                        let along = -origin.z / dz
                        sum += shade((origin.x + along * dx) / square, (origin.y + along * dy) / square)
                    }
                    // Box–Muller: two even numbers make a normal one.
                    let (u, v) = (Double.random(in: 1e-12...1, using: &random), Double.random(in: 0...1, using: &random))
                    let value = sum / 16 + noise * (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
                    pixels[y * camera.width + x] = UInt8(min(255, max(0, value.rounded())))
                }
            }
        }
        return draft.seal()
    }

    /// Squares around the corners, a bright rim one square wide, a grey wall beyond.
    private func shade(_ x: Double, _ y: Double) -> Double {
        let (column, row) = (Int((x + 1).rounded(.down)), Int((y + 1).rounded(.down)))
        if column >= 0, row >= 0, column <= columns, row <= rows { return (column + row) % 2 == 0 ? dark : bright }
        return column >= -1 && row >= -1 && column <= columns + 1 && row <= rows + 1 ? bright : 120
    }

    /// OpenCV's five coefficients.
    static func bend(_ p: SIMD2<Double>, _ d: [Double]) -> SIMD2<Double> {
        guard d.count >= 5 else { return p }
        let r2 = (p * p).sum()
        let radial = 1 + r2 * (d[0] + r2 * (d[1] + r2 * d[4]))
        return SIMD2(
            p.x * radial + 2 * d[2] * p.x * p.y + d[3] * (r2 + 2 * p.x * p.x),
            p.y * radial + d[2] * (r2 + 2 * p.y * p.y) + 2 * d[3] * p.x * p.y)
    }

    static func unbend(_ q: SIMD2<Double>, _ d: [Double]) -> SIMD2<Double> {
        guard d.count >= 5 else { return q }
        var p = q
        for _ in 0..<6 { p += q - bend(p, d) }
        return p
    }

    /// Turned about x, then y, then z, degrees.
    static func turned(_ x: Double, _ y: Double, _ z: Double) -> Matrix3 {
        func sc(_ degrees: Double) -> (Double, Double) { (sin(degrees * .pi / 180), cos(degrees * .pi / 180)) }
        let (sx, cx) = sc(x), (sy, cy) = sc(y), (sz, cz) = sc(z)
        return Matrix3([cz, -sz, 0, sz, cz, 0, 0, 0, 1]) * Matrix3([cy, 0, sy, 0, 1, 0, -sy, 0, cy])
            * Matrix3([1, 0, 0, 0, cx, -sx, 0, sx, cx])
    }

    /// With the board's middle at `middle`.
    init(camera: CameraModel, columns: Int = 9, rows: Int = 6, square: Double = 25, rotation: Matrix3, middle: SIMD3<Double>) {
        self.camera = camera
        self.columns = columns
        self.rows = rows
        self.square = square
        self.rotation = rotation
        translation = middle - rotation * SIMD3(Double(columns - 1) * square / 2, Double(rows - 1) * square / 2, 0)
    }
}
