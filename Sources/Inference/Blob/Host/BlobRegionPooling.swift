// SPDX-License-Identifier: Apache-2.0

/// Pools each of some rectangles [image, left, top, right, bottom] of a feature map to a small grid: the largest element of
/// each cell, or bilinear samples at its corners. Operands: features [images][channels][height][width], rectangles.
struct BlobRegionPooling: BlobHostOperation {
    let features: [Int]
    let regions: Int
    let width: Int
    let height: Int
    let scale: Float
    let isBilinear: Bool

    func run(_ operands: [UnsafeBufferPointer<Float>], into results: [UnsafeMutableBufferPointer<Float>]) {
        let (map, rows, output) = (operands[0], operands[1], results[0])
        output.update(repeating: 0)
        let (channels, rowsOfMap, columns) = (features[1], features[2], features[3])
        for region in 0..<regions {
            let image = BlobRegions.whole(rows[5 * region])
            guard (0..<features[0]).contains(image) else { continue }
            for channel in 0..<channels {
                let plane = (image * channels + channel) * rowsOfMap * columns
                let target = (region * channels + channel) * height * width
                for y in 0..<height {
                    for x in 0..<width {
                        output[target + y * width + x] =
                            isBilinear ? sample(map, plane, rows, region, x, y) : maximum(map, plane, rows, region, x, y)
                    }
                }
            }
        }
    }

    private func maximum(
        _ map: UnsafeBufferPointer<Float>, _ plane: Int, _ rows: UnsafeBufferPointer<Float>, _ region: Int, _ x: Int, _ y: Int
    ) -> Float {
        func corner(_ index: Int) -> Int { BlobRegions.whole((rows[5 * region + index] * scale + 0.5).rounded(.down)) }
        let (left, top) = (corner(1), corner(2))
        let (wide, high) = (max(corner(3) - left + 1, 1), max(corner(4) - top + 1, 1))
        func range(_ cell: Int, _ size: Int, _ cells: Int, _ start: Int, _ limit: Int) -> Range<Int> {
            let low = min(max(cell * size / cells + start, 0), limit)
            let end = min(max(((cell + 1) * size + cells - 1) / cells + start, 0), limit)
            return low..<max(low, end)
        }
        let (ys, xs) = (range(y, high, height, top, features[2]), range(x, wide, width, left, features[3]))
        guard !ys.isEmpty, !xs.isEmpty else { return 0 }
        var best = -Float.infinity
        for row in ys {
            for column in xs { best = max(best, map[plane + row * features[3] + column]) }
        }
        return best
    }

    private func sample(
        _ map: UnsafeBufferPointer<Float>, _ plane: Int, _ rows: UnsafeBufferPointer<Float>, _ region: Int, _ x: Int, _ y: Int
    ) -> Float {
        func place(_ low: Float, _ high: Float, _ index: Int, _ cells: Int, _ size: Int) -> Float {
            let span = Float(size - 1)
            return cells > 1 ? Float(index) * (high - low) * span / Float(cells - 1) + low * span : (low + high) / 2 * span
        }
        let row = place(rows[5 * region + 2], rows[5 * region + 4], y, height, features[2])
        let column = place(rows[5 * region + 1], rows[5 * region + 3], x, width, features[3])
        guard row >= 0, row <= Float(features[2] - 1), column >= 0, column <= Float(features[3] - 1) else { return 0 }
        let (top, left) = (Int(row), Int(column))
        let (bottom, right) = (min(top + 1, features[2] - 1), min(left + 1, features[3] - 1))
        let (fy, fx) = (row - Float(top), column - Float(left))
        func at(_ y: Int, _ x: Int) -> Float { map[plane + y * features[3] + x] }
        let upper = at(top, left) * (1 - fx) + at(top, right) * fx
        let lower = at(bottom, left) * (1 - fx) + at(bottom, right) * fx
        return upper * (1 - fy) + lower * fy
    }
}

/// Position-sensitive pooling: cell (y, x) of output channel c averages its part of the rectangle in input channel
/// (c · group + y) · group + x.
struct BlobPositionSensitivePooling: BlobHostOperation {
    let features: [Int]
    let regions: Int
    let group: Int
    let outputs: Int
    let scale: Float

    func run(_ operands: [UnsafeBufferPointer<Float>], into results: [UnsafeMutableBufferPointer<Float>]) {
        let (map, rows, output) = (operands[0], operands[1], results[0])
        output.update(repeating: 0)
        for region in 0..<regions {
            let image = BlobRegions.whole(rows[5 * region])
            guard (0..<features[0]).contains(image) else { continue }
            func corner(_ index: Int, _ more: Float) -> Float {
                (rows[5 * region + index] + more).rounded(.toNearestOrAwayFromZero) * scale
            }
            let (left, top) = (corner(1, 0), corner(2, 0))
            let (cellWidth, cellHeight) = (
                max(corner(3, 1) - left, 0.1) / Float(group), max(corner(4, 1) - top, 0.1) / Float(group)
            )
            for y in 0..<group {
                let ys = BlobRegions.range(Float(y), cellHeight, top, features[2])
                for x in 0..<group {
                    let xs = BlobRegions.range(Float(x), cellWidth, left, features[3])
                    guard !ys.isEmpty, !xs.isEmpty else { continue }
                    for channel in 0..<outputs {
                        let source = image * features[1] + (channel * group + y) * group + x
                        var sum: Float = 0
                        for row in ys {
                            for column in xs { sum += map[(source * features[2] + row) * features[3] + column] }
                        }
                        output[((region * outputs + channel) * group + y) * group + x] = sum / Float(ys.count * xs.count)
                    }
                }
            }
        }
    }
}

/// Arithmetic of regions, safe with numbers a broken network may give.
enum BlobRegions {
    /// A whole number; 2^30 at most, and -1 for what is no number.
    static func whole(_ value: Float) -> Int { value.isNaN ? -1 : Int(min(max(value, -1_073_741_824), 1_073_741_824)) }

    /// The elements from cell · size + start to its end, within 0..<limit.
    static func range(_ cell: Float, _ size: Float, _ start: Float, _ limit: Int) -> Range<Int> {
        let low = min(max(whole((cell * size + start).rounded(.down)), 0), limit)
        let end = min(max(whole(((cell + 1) * size + start).rounded(.up)), 0), limit)
        return low..<max(low, end)
    }
}
