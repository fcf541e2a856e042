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
    private var units: Int { settings.unitsPerPixel }
    private static let beyond = 12
    private static let warmUp = 8
    private var p1: Int { settings.kernel == .nineBySeven ? 10 : 8 }
    private var p2: Int { settings.kernel == .nineBySeven ? 54 : 40 }
    private var p2Minimum: Int { settings.kernel == .nineBySeven ? 16 : 12 }

    init(settings: StereoSettings, left: Picture, right: Picture) {
        self.settings = settings
        self.left = settings.prefilter ? left.softened : left
        self.right = settings.prefilter ? right.softened : right
        halves = settings.extended ? [left.halved, right.halved] : []
    }

    /// The unsoftened pictures at half their size, for the extended search.
    private let halves: [Picture]

    func map() -> [UInt16] {
        var map = unfiltered()
        if settings.filter.medianKernel > 0 { map = median(map) }
        if settings.filter.speckleSize > 0 { removeSpeckles(&map) }
        return map
    }

    private func unfiltered() -> [UInt16] {
        var map = winners(sums())
        guard !halves.isEmpty else { return map }
        let half = try! PlainMatcher(settings: settings.notExtended, left: halves[0], right: halves[1]).unfiltered()
        for y in 0..<height {
            for x in 0..<width / 2 * 2 {
                let doubled = 2 * half[min(y / 2, height / 2 - 1) * (width / 2) + x / 2]
                if Int(doubled) >= (disparities - 1) * units { map[y * width + x] = doubled }
            }
        }
        return map
    }

    /// Pairs of offsets, the first of which is asked whether it is darker than the second.
    private var comparisons: [(SIMD2<Int>, SIMD2<Int>)] {
        let window = (-3...3).flatMap { y in (-4...4).map { SIMD2($0, y) } }
        switch settings.kernel {
        case .fiveByFive:
            return window.filter { abs($0.x) <= 2 && abs($0.y) <= 2 && $0 != .zero }.map { ($0, .zero) }
        case .sevenBySeven:
            return window.filter { abs($0.x) <= 3 && ($0.x + $0.y) % 2 == 0 && $0 != .zero }.map { ($0, .zero) }
        case .nineBySeven:
            return window.prefix(31).map { ($0, SIMD2(0, 0) &- $0) }
        }
    }

    private func census(_ picture: Picture) -> [UInt32] {
        (0..<width * height).map { index in
            comparisons.reduce(0) { code, pair in
                func value(_ offset: SIMD2<Int>) -> UInt8 { picture.clamped(index % width + offset.x, index / width + offset.y) }
                return code << 1 | (value(pair.0) < value(pair.1) ? 1 : 0)
            }
        }
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
        for y in 0..<height {
            addPath((0..<width).map { y * width + $0 }, costs, &sums)
            addPath((0..<width).reversed().map { y * width + $0 }, costs, &sums)
        }
        let bands = height < 128 ? 1 : 4
        for band in 0..<bands {
            let (first, last) = (height * band / bands, height * (band + 1) / bands)
            let start = max(0, first - PlainMatcher.warmUp)
            for slope in settings.paths == 5 ? [0, 1, -1] : [0] {
                // Every path from above begins at the band's first row or where it enters the picture from the side.
                let beginnings =
                    (0..<width).map { ($0, start) }
                    + (slope == 0 ? [] : (start + 1..<last).map { (slope > 0 ? 0 : width - 1, $0) })
                for (column, row) in beginnings {
                    let path = (row..<last).map { (column + ($0 - row) * slope, $0) }.prefix { (0..<width).contains($0.0) }
                    addPath(path.map { $0.1 * width + $0.0 }, costs, &sums, from: first * width)
                }
            }
        }
        return sums.map { min($0, 255) }
    }

    /// - Parameter first: pixels before it are walked over but get nothing.
    private func addPath(_ pixels: [Int], _ costs: [Int16], _ sums: inout [Int16], from first: Int = 0) {
        var path = [Int](repeating: 0, count: disparities), next = path
        var before = pixels[0]
        for pixel in pixels {
            let contrast = abs(Int(right.pixels[pixel]) - Int(right.pixels[before]))
            let jump = max(p2 - contrast, p2Minimum)
            let least = path.min()!
            for d in 0..<disparities {
                var cheapest = min(path[d], least + jump)
                if d > 0 { cheapest = min(cheapest, path[d - 1] + p1) }
                if d + 1 < disparities { cheapest = min(cheapest, path[d + 1] + p1) }
                next[d] = Int(costs[pixel * disparities + d]) + cheapest - least
                if pixel >= first { sums[pixel * disparities + d] += Int16(next[d]) }
            }
            swap(&path, &next)
            before = pixel
        }
    }

    private func winners(_ sums: [Int16]) -> [UInt16] {
        var map = [UInt16](repeating: 0, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                let sum = sums[(y * width + x) * disparities..<(y * width + x + 1) * disparities].map(Int.init)
                let best = sum.firstIndex(of: sum.min()!)!
                guard best < width - x, isTrusted(sum, best) else { continue }
                if settings.filter.leftRightCheck, !isLeftsChoice(sums, x + best, y, best) { continue }
                map[y * width + x] = UInt16(best * units + offset(sum, best, existing: min(disparities, width - x)))
            }
        }
        return map
    }

    private func isTrusted(_ sum: [Int], _ best: Int) -> Bool {
        guard 255 - sum[best] >= settings.filter.confidenceThreshold else { return false }
        guard settings.filter.uniqueness > 0 else { return true }
        return sum.indices.allSatisfy {
            abs($0 - best) <= 1 || sum[$0] == 255 || sum[$0] * (100 - settings.filter.uniqueness) > sum[best] * 100
        }
    }

    private func offset(_ sum: [Int], _ best: Int, existing: Int) -> Int {
        guard settings.subpixelBits > 0, best > 0, best + 1 < existing else { return 0 }
        let (below, above) = (sum[best - 1], sum[best + 1])
        let steeper = max(1, max(below, above) - sum[best])
        let fit = 0.5 * Float(below - above) / Float(steeper)
        let steps = Float(1 << settings.subpixelBits) * (fit * (1.5 - abs(fit)))
        return Int((steps + 0.5).rounded(.down)) * (settings.subpixelBits == 3 ? 2 : 1)
    }

    /// Whether no disparity of left pixel x is better than all within one of `best`.
    private func isLeftsChoice(_ sums: [Int16], _ x: Int, _ y: Int, _ best: Int) -> Bool {
        let own = (0..<min(disparities, x + 1)).map { sums[(y * width + x - $0) * disparities + $0] }
        return own[max(0, best - 1)...min(own.count - 1, best + 1)].min()! == own.min()!
    }

    private func median(_ map: [UInt16]) -> [UInt16] {
        let reach = settings.filter.medianKernel / 2
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
                    guard abs(Int(map[neighbour]) - Int(map[pixel])) <= settings.filter.speckleRange * units else { continue }
                    isSeen[neighbour] = true
                    region.append(neighbour)
                }
            }
            if region.count <= settings.filter.speckleSize { for pixel in region { map[pixel] = 0 } }
        }
    }

    private func neighbours(of pixel: Int) -> [Int] {
        let x = pixel % width
        return (x > 0 ? [pixel - 1] : []) + (x + 1 < width ? [pixel + 1] : [])
            + [pixel - width, pixel + width].filter { (0..<width * height).contains($0) }
    }
}

extension StereoSettings {
    fileprivate var notExtended: StereoSettings {
        get throws(StereoError) {
            try StereoSettings(
                disparities: disparities, kernel: kernel, prefilter: prefilter, paths: paths, subpixelBits: subpixelBits,
                filter: .init(
                    leftRightCheck: filter.leftRightCheck, uniqueness: filter.uniqueness,
                    confidenceThreshold: filter.confidenceThreshold))
        }
    }
}
