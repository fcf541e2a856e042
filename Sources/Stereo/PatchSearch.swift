// SPDX-License-Identifier: Apache-2.0

/// Looks for patches of the right picture in the left one.
struct PatchSearch {
    let left: UnsafeRawBufferPointer
    let right: UnsafeRawBufferPointer
    let width: Int
    let height: Int
    let disparities: Int

    /// Half of a patch's side; patches are 13×13.
    private static let reach = 6
    /// Rows searched up and down.
    private static let rows = 4
    /// Picture cells with one patch each, at most.
    private static let cell = 32
    private static let mostPatches = 240
    /// Correlation of a true match, and how far the next best place must stay behind.
    private static let leastCorrelation: Float = 0.85
    private static let uniqueness: Float = 0.03

    /// x of each patch and by how many rows the left picture shows it lower.
    func offsets() -> [(x: Double, dy: Double)] {
        patches().compactMap { patch in
            guard let (disparity, row) = search(patch.x, patch.y),
                let dy = refined(patch.x, patch.y, dx: Double(disparity), dy: Double(row))
            else { return nil }
            return (Double(patch.x), dy)
        }
    }

    /// The place with the strongest edges both ways in each cell of the picture.
    private func patches() -> [(x: Int, y: Int)] {
        let border = PatchSearch.reach + PatchSearch.rows + 2
        var found: [(x: Int, y: Int, strength: Float)] = []
        for top in stride(from: border, to: height - border, by: PatchSearch.cell) {
            for start in stride(from: border, to: width - border, by: PatchSearch.cell) {
                var best: (x: Int, y: Int, strength: Float)?
                for y in stride(from: top, to: min(top + PatchSearch.cell, height - border), by: 4) {
                    for x in stride(from: start, to: min(start + PatchSearch.cell, width - border), by: 4) {
                        let strength = cornerStrength(x, y)
                        if strength > best?.strength ?? 0 { best = (x, y, strength) }
                    }
                }
                // Grey levels per pixel, squared: above the noise of a dim picture.
                if let best, best.strength > 30 { found.append(best) }
            }
        }
        return found.sorted { $0.strength > $1.strength }.prefix(PatchSearch.mostPatches).map { ($0.x, $0.y) }
    }

    /// The lesser eigenvalue of the gradients' second moments (Shi and Tomasi 1994), per pixel.
    private func cornerStrength(_ x: Int, _ y: Int) -> Float {
        var (xx, xy, yy) = (0, 0, 0)
        for v in stride(from: y - 4, through: y + 4, by: 2) {
            for u in stride(from: x - 4, through: x + 4, by: 2) {
                let at = v * width + u
                let gx = Int(right[at + 1]) - Int(right[at - 1]), gy = Int(right[at + width]) - Int(right[at - width])
                xx += gx * gx
                xy += gx * gy
                yy += gy * gy
            }
        }
        let (a, b, c) = (Float(xx) / 100, Float(xy) / 100, Float(yy) / 100)
        return (a + c) / 2 - (((a - c) / 2) * ((a - c) / 2) + b * b).squareRoot()
    }

    /// The whole-pixel place of a patch in the left picture, by normalised correlation of every second pixel.
    private func search(_ x: Int, _ y: Int) -> (disparity: Int, row: Int)? {
        let reach = PatchSearch.reach, rows = PatchSearch.rows
        let farthest = min(disparities - 1, width - 2 - reach - x)
        guard farthest >= 0 else { return nil }
        let own = moments(right, x, y)
        guard own.variance > 0, !repeats(x, y, own) else { return nil }
        var best: (correlation: Float, disparity: Int, row: Int) = (-1, 0, 0)
        var second: Float = -1
        for row in -rows...rows {
            for disparity in 0...farthest {
                let value = correlation(x, y, own, left, x + disparity, y + row)
                if value > best.correlation {
                    if abs(disparity - best.disparity) > 2 || abs(row - best.row) > 2 { second = best.correlation }
                    best = (value, disparity, row)
                } else if value > second, abs(disparity - best.disparity) > 2 || abs(row - best.row) > 2 {
                    second = value
                }
            }
        }
        guard best.correlation > PatchSearch.leastCorrelation, best.correlation - second > PatchSearch.uniqueness,
            abs(best.row) < rows
        else { return nil }
        return (best.disparity, best.row)
    }

    private func moments(_ picture: UnsafeRawBufferPointer, _ x: Int, _ y: Int) -> (sum: Int, variance: Float) {
        var (sum, squares, count) = (0, 0, 0)
        for v in stride(from: y - PatchSearch.reach, through: y + PatchSearch.reach, by: 2) {
            for u in stride(from: x - PatchSearch.reach, through: x + PatchSearch.reach, by: 2) {
                let value = Int(picture[v * width + u])
                sum += value
                squares += value * value
                count += 1
            }
        }
        return (sum, Float(squares * count - sum * sum))
    }

    /// Whether the right picture shows the like of a patch a second time within the search: tiles, fences, chessboards. Such
    /// a patch may be found in the wrong place, whole rows off, and its neighbours all alike.
    private func repeats(_ x: Int, _ y: Int, _ own: (sum: Int, variance: Float)) -> Bool {
        let reach = PatchSearch.reach
        let first = max(reach + 1, x - disparities + 1), last = min(width - 2 - reach, x + disparities - 1)
        for row in -PatchSearch.rows...PatchSearch.rows {
            for column in first...last where abs(column - x) > reach {
                if correlation(x, y, own, right, column, y + row) > PatchSearch.leastCorrelation { return true }
            }
        }
        return false
    }

    private func correlation(
        _ x: Int, _ y: Int, _ own: (sum: Int, variance: Float), _ picture: UnsafeRawBufferPointer, _ otherX: Int, _ otherY: Int
    ) -> Float {
        var (sum, squares, products, count) = (0, 0, 0, 0)
        for v in stride(from: -PatchSearch.reach, through: PatchSearch.reach, by: 2) {
            let here = (y + v) * width + x, there = (otherY + v) * width + otherX
            for u in stride(from: -PatchSearch.reach, through: PatchSearch.reach, by: 2) {
                let value = Int(picture[there + u])
                sum += value
                squares += value * value
                products += value * Int(right[here + u])
                count += 1
            }
        }
        let variance = Float(squares * count - sum * sum)
        guard variance > 0 else { return -1 }
        return Float(products * count - sum * own.sum) / (variance * own.variance).squareRoot()
    }

    /// The vertical offset to a fraction of a pixel: Lucas and Kanade's iteration over both axes, brightness and contrast
    /// of the two patches made equal; nil when it strays or the patches do not agree after all.
    private func refined(_ x: Int, _ y: Int, dx: Double, dy: Double) -> Double? {
        let reach = PatchSearch.reach
        var (u, v) = (dx, dy)
        for _ in 0..<12 {
            var sums = (a: 0.0, b: 0.0, aa: 0.0, bb: 0.0, ab: 0.0)
            let count = Double((2 * reach + 1) * (2 * reach + 1))
            var patch: [Double] = []
            patch.reserveCapacity(Int(count))
            for py in -reach...reach {
                for px in -reach...reach {
                    guard let value = sample(Double(x + px) + u, Double(y + py) + v) else { return nil }
                    let own = Double(right[(y + py) * width + x + px])
                    patch.append(value)
                    sums = (sums.a + own, sums.b + value, sums.aa + own * own, sums.bb + value * value, sums.ab + own * value)
                }
            }
            let varianceA = sums.aa - sums.a * sums.a / count, varianceB = sums.bb - sums.b * sums.b / count
            guard varianceA > 0, varianceB > 0 else { return nil }
            let covariance = sums.ab - sums.a * sums.b / count
            guard covariance > 0.8 * (varianceA * varianceB).squareRoot() else { return nil }
            let gain = (varianceA / varianceB).squareRoot()
            var (xx, xy, yy, ex, ey) = (0.0, 0.0, 0.0, 0.0, 0.0)
            var index = 0
            for py in -reach...reach {
                for px in -reach...reach {
                    let at = (y + py) * width + x + px
                    let gx = (Double(right[at + 1]) - Double(right[at - 1])) / 2
                    let gy = (Double(right[at + width]) - Double(right[at - width])) / 2
                    let error = Double(right[at]) - sums.a / count - gain * (patch[index] - sums.b / count)
                    index += 1
                    xx += gx * gx
                    xy += gx * gy
                    yy += gy * gy
                    ex += gx * error
                    ey += gy * error
                }
            }
            let determinant = xx * yy - xy * xy
            guard determinant > 1e-3 * xx * yy else { return nil }
            let step = SIMD2(yy * ex - xy * ey, xx * ey - xy * ex) / determinant
            u += step.x
            v += step.y
            guard abs(u - dx) < 2, abs(v - dy) < 2 else { return nil }
            if (step * step).sum() < 1e-5 { break }
        }
        return v
    }

    private func sample(_ x: Double, _ y: Double) -> Double? {
        guard x >= 0, y >= 0, x < Double(width - 1), y < Double(height - 1) else { return nil }
        let (column, row) = (Int(x), Int(y))
        let (a, b) = (x - Double(column), y - Double(row))
        let at = row * width + column
        let top = Double(left[at]) + a * (Double(left[at + 1]) - Double(left[at]))
        let bottom = Double(left[at + width]) + a * (Double(left[at + width + 1]) - Double(left[at + width]))
        return top + b * (bottom - top)
    }
}
