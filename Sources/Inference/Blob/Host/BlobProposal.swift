// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The region proposal layer of Faster R-CNN. Operands: scores [1][2·anchors][h][w], offsets [1][4·anchors][h][w], image
/// height, width and scale. Results: rows [image, left, top, right, bottom], and their scores where wanted.
struct BlobProposal: BlobHostOperation {
    var step: Float = 16
    var base: Float = 16
    var smallest: Float = 0
    var candidates = 0
    var kept = 0
    var overlap: Float = 0
    var sizeScale: Float = 1
    var coordinateScale: Float = 1
    /// 1 where a box includes its last pixel.
    var last: Float = 0
    var clipsInitially = false
    var clipsBefore = false
    var clipsAfter = false
    var normalizes = false
    var shiftsAnchors = false
    var roundsRatios = false
    var swapsAxes = false
    var scales: [Float] = []
    var ratios: [Float] = []
    var rows = 0
    var columns = 0

    var anchors: Int { scales.count * ratios.count }

    private struct Picture {
        var size: SIMD2<Float>
        var smallest: SIMD2<Float>
        /// The last place a corner may be.
        var edge: SIMD4<Float>
    }

    func run(_ operands: [UnsafeBufferPointer<Float>], into results: [UnsafeMutableBufferPointer<Float>]) {
        let information = operands[2]
        let size = SIMD2(information[1], information[0])
        let (scaleY, scaleX) = (information[2], information.count > 3 ? information[3] : information[2])
        let low = size - last
        let picture = Picture(
            size: size, smallest: SIMD2(smallest * scaleY, smallest * scaleX), edge: SIMD4(lowHalf: low, highHalf: low))
        let best = suppressed(proposals(operands[0], operands[1], picture))
        results[0].update(repeating: 0)
        if results.count > 1 { results[1].update(repeating: 0) }
        for (row, proposal) in best.enumerated() where 5 * row + 5 <= results[0].count {
            var box = clipsAfter ? clipped(proposal.box, picture.edge) : proposal.box
            if normalizes { box /= SIMD4(size.x, size.y, size.x, size.y) }
            for index in 0..<4 { results[0][5 * row + 1 + index] = box[index] }
            if results.count > 1, row < results[1].count { results[1][row] = proposal.score }
        }
    }

    /// Boxes of the anchors around the origin.
    private func anchorBoxes() -> [SIMD4<Float>] {
        var boxes: [SIMD4<Float>] = []
        for ratio in ratios {
            var width = (base * base / ratio).squareRoot()
            if roundsRatios { width.round(.toNearestOrEven) }
            let height = roundsRatios ? (width * ratio).rounded(.toNearestOrEven) : width * ratio
            for scale in scales {
                let centre = 0.5 * (base - last)
                let half = SIMD2(0.5 * (width * scale - last), 0.5 * (height * scale - last))
                var box = SIMD4(lowHalf: centre - half, highHalf: centre + half)
                if shiftsAnchors { box -= 0.5 * base }
                boxes.append(box)
            }
        }
        return boxes
    }

    private typealias Scored = (score: Float, box: SIMD4<Float>)

    private func proposals(_ scores: UnsafeBufferPointer<Float>, _ offsets: UnsafeBufferPointer<Float>, _ picture: Picture)
        -> [Scored]
    {
        let (boxes, plane) = (anchorBoxes(), rows * columns)
        var found: [Scored] = []
        found.reserveCapacity(plane * boxes.count)
        for row in 0..<rows {
            for column in 0..<columns {
                for (anchor, box) in boxes.enumerated() {
                    let cell = row * columns + column
                    func offset(_ index: Int) -> Float { offsets[(anchor * 4 + index) * plane + cell] }
                    let moved = self.moved(
                        box + SIMD4(Float(column), Float(row), Float(column), Float(row)) * step,
                        SIMD2(offset(0), offset(1)) / coordinateScale, SIMD2(offset(2), offset(3)) / sizeScale, picture)
                    let extent = moved.highHalf - moved.lowHalf + last
                    // The image's first scale belongs to the height.
                    let isLarge = extent.x >= picture.smallest.y && extent.y >= picture.smallest.x
                    found.append((isLarge ? scores[(boxes.count + anchor) * plane + cell] : 0, moved))
                }
            }
        }
        return found
    }

    private func moved(_ anchor: SIMD4<Float>, _ shift: SIMD2<Float>, _ growth: SIMD2<Float>, _ picture: Picture) -> SIMD4<Float>
    {
        let size = SIMD4(lowHalf: picture.size, highHalf: picture.size)
        let box = clipsInitially ? anchor.clamped(lowerBound: .zero, upperBound: size) : anchor
        let (shift, growth) = swapsAxes ? (SIMD2(shift.y, shift.x), SIMD2(growth.y, growth.x)) : (shift, growth)
        let extent = box.highHalf - box.lowHalf + last
        let centre = box.lowHalf + 0.5 * extent + shift * extent
        let half = 0.5 * SIMD2(exp(growth.x), exp(growth.y)) * extent
        let moved = SIMD4(lowHalf: centre - half, highHalf: centre + half)
        return clipsBefore ? clipped(moved, picture.edge) : moved
    }

    private func clipped(_ box: SIMD4<Float>, _ edge: SIMD4<Float>) -> SIMD4<Float> {
        pointwiseMin(pointwiseMax(box, .zero), edge)
    }

    private func suppressed(_ found: [Scored]) -> [Scored] {
        let best = found.sorted { $0.score > $1.score }.prefix(max(0, candidates))
        var survivors: [Scored] = []
        for proposal in best where survivors.count < kept {
            if survivors.allSatisfy({ overlap($0.box, proposal.box) <= overlap }) { survivors.append(proposal) }
        }
        return survivors
    }

    private func overlap(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> Float {
        let size = pointwiseMin(a.highHalf, b.highHalf) - pointwiseMax(a.lowHalf, b.lowHalf) + last
        guard size.x > 0, size.y > 0 else { return 0 }
        func area(_ box: SIMD4<Float>) -> Float { (box.z - box.x + last) * (box.w - box.y + last) }
        return size.x * size.y / (area(a) + area(b) - size.x * size.y)
    }
}
