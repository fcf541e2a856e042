// SPDX-License-Identifier: Apache-2.0
import Stereo

/// The matcher once more, as simply as it can be said: whole cost volume, plain loops, flood fill. Slow; for comparison only.
struct PlainMatcher {
    let settings: StereoSettings
    let left: Picture
    let right: Picture

    private var width: Int { left.width }
    private var height: Int { left.height }
    private var disparities: Int { settings.disparities }
    private static let (p1, p2, p2Minimum, beyond) = (8, 40, 12, 12)

    func map() -> [UInt16] {
        var map = winners(sums())
        if settings.medianKernel > 0 { map = median(map) }
        if settings.speckleSize > 0 { removeSpeckles(&map) }
        return map
    }

    private func census(_ picture: Picture) -> [UInt32] {
        var codes = [UInt32](repeating: 0, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                var code: UInt32 = 0
                for dy in -2...2 {
                    for dx in -2...2 where dx != 0 || dy != 0 {
                        let row = min(max(y + dy, 0), height - 1), column = min(max(x + dx, 0), width - 1)
                        let darker = picture.pixels[row * width + column] < picture.pixels[y * width + x]
                        code = code << 1 | (darker ? 1 : 0)
                    }
                }
                codes[y * width + x] = code
            }
        }
        return codes
    }

    private func costs() -> [Int16] {
        let leftCodes = census(left), rightCodes = census(right)
        var costs = [Int16](repeating: Int16(PlainMatcher.beyond), count: width * height * disparities)
        for y in 0..<height {
            for x in 0..<width {
                for d in 0..<min(disparities, width - x) {
                    let difference = rightCodes[y * width + x] ^ leftCodes[y * width + x + d]
                    costs[(y * width + x) * disparities + d] = Int16(difference.nonzeroBitCount)
                }
            }
        }
        return costs
    }

    private func sums() -> [Int16] {
        let costs = costs()
        var sums = [Int16](repeating: 0, count: costs.count)
        for y in 0..<height { addPath((0..<width).map { y * width + $0 }, costs, &sums) }
        for y in 0..<height { addPath((0..<width).reversed().map { y * width + $0 }, costs, &sums) }
        for x in 0..<width { addPath((0..<height).map { $0 * width + x }, costs, &sums) }
        return sums
    }

    private func addPath(_ pixels: [Int], _ costs: [Int16], _ sums: inout [Int16]) {
        var path = [Int](repeating: 0, count: disparities), next = path
        var before = pixels[0]
        for pixel in pixels {
            let contrast = abs(Int(right.pixels[pixel]) - Int(right.pixels[before]))
            let jump = max(PlainMatcher.p2 - contrast, PlainMatcher.p2Minimum)
            let least = path.min()!
            for d in 0..<disparities {
                var cheapest = min(path[d], least + jump)
                if d > 0 { cheapest = min(cheapest, path[d - 1] + PlainMatcher.p1) }
                if d + 1 < disparities { cheapest = min(cheapest, path[d + 1] + PlainMatcher.p1) }
                next[d] = Int(costs[pixel * disparities + d]) + cheapest - least
                sums[pixel * disparities + d] += Int16(next[d])
            }
            swap(&path, &next)
            before = pixel
        }
    }

    private func winners(_ sums: [Int16]) -> [UInt16] {
        var map = [UInt16](repeating: 0, count: width * height)
        for y in 0..<height {
            let choices = leftChoices(sums, y)
            for x in 0..<width {
                let sum = sums[(y * width + x) * disparities..<(y * width + x + 1) * disparities].map(Int.init)
                let best = sum.firstIndex(of: sum.min()!)!
                guard best < width - x, isTrusted(sum, best) else { continue }
                if settings.leftRightCheck, abs(choices[x + best] - best) > 1 { continue }
                map[y * width + x] = UInt16(best * 16 + offset(sum, best, existing: min(disparities, width - x)))
            }
        }
        return map
    }

    private func isTrusted(_ sum: [Int], _ best: Int) -> Bool {
        guard 255 - sum[best] >= settings.confidenceThreshold else { return false }
        guard settings.uniqueness > 0 else { return true }
        return sum.indices.allSatisfy {
            abs($0 - best) <= 1 || sum[$0] * (100 - settings.uniqueness) > sum[best] * 100
        }
    }

    private func offset(_ sum: [Int], _ best: Int, existing: Int) -> Int {
        guard settings.subpixel, best > 0, best + 1 < existing else { return 0 }
        let (below, above) = (sum[best - 1], sum[best + 1])
        let steeper = max(1, max(below, above) - sum[best])
        let fit = Float(8 * (below - above)) / Float(steeper)
        return Int((fit * (1.5 - 0.0625 * abs(fit)) + 0.5).rounded(.down))
    }

    /// Each left pixel's own winner in row y.
    private func leftChoices(_ sums: [Int16], _ y: Int) -> [Int] {
        (0..<width).map { x in
            (0..<min(disparities, x + 1)).min { a, b in
                sums[(y * width + x - a) * disparities + a] < sums[(y * width + x - b) * disparities + b]
            }!
        }
    }

    private func median(_ map: [UInt16]) -> [UInt16] {
        let reach = settings.medianKernel / 2
        return map.indices.map { index in
            let (x, y) = (index % width, index / width)
            var window: [UInt16] = []
            for row in y - reach...y + reach {
                for column in x - reach...x + reach {
                    let value = map[min(max(row, 0), height - 1) * width + min(max(column, 0), width - 1)]
                    window.append(value == 0 ? map[index] : value)
                }
            }
            return window.sorted()[window.count / 2]
        }
    }

    private func removeSpeckles(_ map: inout [UInt16]) {
        var isSeen = map.map { $0 == 0 }
        for start in map.indices where !isSeen[start] {
            var region = [start], next = 0
            isSeen[start] = true
            while next < region.count {
                let pixel = region[next]
                next += 1
                for neighbour in neighbours(of: pixel) where !isSeen[neighbour] {
                    guard abs(Int(map[neighbour]) - Int(map[pixel])) <= settings.speckleRange * 16 else { continue }
                    isSeen[neighbour] = true
                    region.append(neighbour)
                }
            }
            if region.count <= settings.speckleSize { for pixel in region { map[pixel] = 0 } }
        }
    }

    private func neighbours(of pixel: Int) -> [Int] {
        let x = pixel % width
        return (x > 0 ? [pixel - 1] : []) + (x + 1 < width ? [pixel + 1] : [])
            + [pixel - width, pixel + width].filter { (0..<width * height).contains($0) }
    }
}
