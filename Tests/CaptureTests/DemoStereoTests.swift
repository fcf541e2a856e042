// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Testing

/// Block matching that knows nothing of the renderer: normalised cross-correlation with a parabola through the best three.
private struct BlockMatcher {
    let left: DemoPicture
    let right: DemoPicture
    let radius = 6

    private func correlation(xRight: Int, xLeft: Int, y: Int) -> Double {
        var (sumA, sumB, sumAA, sumBB, sumAB, count) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for dy in -radius...radius {
            for dx in -radius...radius {
                let a = Double(right.bytes[(y + dy) * right.width + xRight + dx])
                let b = Double(left.bytes[(y + dy) * left.width + xLeft + dx])
                (sumA, sumB, sumAA, sumBB, sumAB, count) = (
                    sumA + a, sumB + b, sumAA + a * a, sumBB + b * b, sumAB + a * b, count + 1
                )
            }
        }
        let (varianceA, varianceB) = (sumAA - sumA * sumA / count, sumBB - sumB * sumB / count)
        guard varianceA > 9 * count, varianceB > 9 * count else { return -1 }
        return (sumAB - sumA * sumB / count) / (varianceA * varianceB).squareRoot()
    }

    /// Disparity at a pixel of the right picture, searched over every shift up to 64 pixels; nil without texture.
    func disparity(x: Int, y: Int) -> Double? {
        let last = min(64, left.width - 1 - radius - x)
        guard last > 4 else { return nil }
        let scores = (0...last).map { correlation(xRight: x, xLeft: x + $0, y: y) }
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }), best > 0, best < last, scores[best] > 0.5 else {
            return nil
        }
        let (a, b, c) = (scores[best - 1], scores[best], scores[best + 1])
        return Double(best) + 0.5 * (a - c) / (a - 2 * b + c)
    }
}

@Suite struct DemoStereoTests {
    @Test(arguments: [0.0, 2.0])
    func `disparity found by block matching is focal length times baseline over depth`(_ noise: Double) throws {
        let scene = try DemoScene(settings: DemoSettings(seed: 5, noise: noise))
        var errors: [Double] = []
        for sequence in [50, 333] {
            let matcher = BlockMatcher(
                left: DemoPicture(scene, .left, sequence: sequence), right: DemoPicture(scene, .right, sequence: sequence))
            errors += errorsOnFlatPatches(matcher, calibration: scene.calibration)
        }
        try #require(errors.count > 300)
        let wrong = errors.filter { abs($0) > 1 }.count
        let close = errors.filter { abs($0) <= 1 }
        let mean = close.reduce(0, +) / Double(close.count)
        let spread = (close.reduce(0) { $0 + $1 * $1 } / Double(close.count)).squareRoot()
        #expect(Double(wrong) < 0.02 * Double(errors.count))
        #expect(abs(mean) < 0.05)
        #expect(spread < 0.2)
    }

    /// Found minus true disparity on a grid, where the whole block lies at nearly one depth.
    private func errorsOnFlatPatches(_ matcher: BlockMatcher, calibration: StereoCalibration) -> [Double] {
        let depth = matcher.right.depth
        let product = calibration.right.fx * calibration.baselineMillimetres
        var errors: [Double] = []
        for y in stride(from: 20, to: 380, by: 12) {
            for x in stride(from: 20, to: 560, by: 12) {
                let corners = [(-6, -6), (6, -6), (-6, 6), (6, 6), (0, 0)].map {
                    product / Double(depth[(y + $0.1) * 640 + x + $0.0])
                }
                guard let low = corners.min(), let high = corners.max(), high - low < 0.3 else { continue }
                if let found = matcher.disparity(x: x, y: y) { errors.append(found - corners[4]) }
            }
        }
        return errors
    }
}
