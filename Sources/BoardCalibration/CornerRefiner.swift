// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Moves a corner to where the edges around it point, to a few hundredths of a pixel.
///
/// At a corner q every edge pixel p around it fulfils ∇I(p) · (p − q) = 0: along an edge the gradient is square to the way
/// to the corner, elsewhere there is none (Förstner and Gülch 1987). The least-squares solution under a Gaussian window
/// is iterated, with the window following the corner.
struct CornerRefiner {
    /// Half the window's side, pixels.
    let reach: Int
    private let weights: [Double]

    private static let mostSteps = 30
    private static let still = 1e-4

    /// - Parameter spacing: distance to the nearest other corner, pixels: the window must not reach its edges.
    init(spacing: Double) {
        reach = min(10, max(2, Int(spacing * 0.4)))
        let sigma = Double(reach) / 1.5
        weights = (-reach...reach).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    }

    /// nil when there is no corner within reach.
    func refined(_ start: SIMD2<Double>, in plane: GrayPlane) -> SIMD2<Double>? {
        var corner = start
        for _ in 0..<CornerRefiner.mostSteps {
            guard let next = step(from: corner, plane) else { return nil }
            let move = next - corner
            let strayed = next - start
            guard (strayed * strayed).sum() <= Double(reach * reach) else { return nil }
            corner = next
            if (move * move).sum() < CornerRefiner.still * CornerRefiner.still { break }
        }
        return corner
    }

    private func step(from corner: SIMD2<Double>, _ plane: GrayPlane) -> SIMD2<Double>? {
        let side = 2 * reach + 3
        let low = corner - Double(reach + 1)
        let (x0, y0) = (Int(low.x.rounded(.down)), Int(low.y.rounded(.down)))
        guard low.x >= 0, low.y >= 0, x0 + side < plane.width, y0 + side < plane.height else { return nil }
        // The patch with the corner exactly in its middle.
        let (a, b) = (Float(low.x - Double(x0)), Float(low.y - Double(y0)))
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: side * side) { patch in
            plane.pixels.withUnsafeBufferPointer { pixels in
                for y in 0..<side {
                    let row = (y0 + y) * plane.width + x0
                    for x in 0..<side {
                        let at = row + x
                        let top = pixels[at] + a * (pixels[at + 1] - pixels[at])
                        let bottom = pixels[at + plane.width] + a * (pixels[at + plane.width + 1] - pixels[at + plane.width])
                        patch[y * side + x] = top + b * (bottom - top)
                    }
                }
            }
            return solve(patch, side: side).map { corner + $0 }
        }
    }

    /// The corner relative to the patch's middle.
    private func solve(_ patch: UnsafeMutableBufferPointer<Float>, side: Int) -> SIMD2<Double>? {
        var (xx, xy, yy, rightX, rightY) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for y in -reach...reach {
            for x in -reach...reach {
                let at = (y + reach + 1) * side + x + reach + 1
                let gx = Double(patch[at + 1] - patch[at - 1]), gy = Double(patch[at + side] - patch[at - side])
                let weight = weights[x + reach] * weights[y + reach]
                let (gxx, gxy, gyy) = (weight * gx * gx, weight * gx * gy, weight * gy * gy)
                xx += gxx
                xy += gxy
                yy += gyy
                rightX += gxx * Double(x) + gxy * Double(y)
                rightY += gxy * Double(x) + gyy * Double(y)
            }
        }
        let determinant = xx * yy - xy * xy
        guard determinant > 1e-6 * (xx + yy) * (xx + yy) else { return nil }
        return SIMD2(yy * rightX - xy * rightY, xx * rightY - xy * rightX) / determinant
    }
}
