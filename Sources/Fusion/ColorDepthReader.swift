// SPDX-License-Identifier: Apache-2.0
import Core

/// Reads the depth behind a box of the colour picture off a depth picture that another lens looks through.
///
/// The two lenses stand apart, so where a box lies on the depth picture depends on the distance that is looked for. To
/// guess a distance, map, measure and guess again can settle on the background: at the background's distance the box
/// slides off the object, and finds background. So the question is turned round: each depth pixel knows its own
/// distance, and with it exactly where the colour camera sees it. Of the pixels that fall into the box those hidden,
/// in the colour camera's view, behind a nearer one are left out by a coarse depth buffer over the box.
struct ColorDepthReader {
    /// A rectangle of the ideal colour plane (normalised coordinates).
    typealias Rectangle = (low: SIMD2<Double>, high: SIMD2<Double>)

    let view: ColorView
    private let lens: LensDistortion
    /// Nearest depth in each cell of the box.
    private var nearest = [UInt16](repeating: .max, count: cellsPerAxis * cellsPerAxis)

    private static let cellsPerAxis = 32
    /// Nearer than this no stereo camera here measures; it bounds how far the search strip reaches.
    private static let nearestMillimetres = 150.0
    /// What lies farther behind the nearest pixel of its cell than this fraction is hidden by it; more than the noise
    /// of the depth picture and less than the distance between two things.
    private static let hiddenBehind = 0.1
    /// Boxes with more pixels than this are read in steps.
    private static let enoughPixels = 40_000

    init(_ view: ColorView) {
        self.view = view
        lens = LensDistortion(view.model.distortion)
    }

    func rectangle(of box: NormalizedBox) -> Rectangle {
        view.idealRectangle(of: box, lens: lens)
    }

    /// The part of the depth picture on which the rectangle can lie when its distance is between two bounds.
    func region(of rectangle: Rectangle, nearest: Double, farthest: Double, model: CameraModel) -> DepthRegion? {
        var low = SIMD2(Double.infinity, .infinity)
        var high = SIMD2(-Double.infinity, -.infinity)
        for z in [nearest, farthest] {
            for corner in [
                rectangle.low, SIMD2(rectangle.low.x, rectangle.high.y), SIMD2(rectangle.high.x, rectangle.low.y), rectangle.high,
            ] {
                guard let point = view.point(on: corner, atZ: z) else { continue }
                let pixel = SIMD2(model.fx * point.x / point.z + model.cx + 0.5, model.fy * point.y / point.z + model.cy + 0.5)
                low = pointwiseMin(low, pixel)
                high = pointwiseMax(high, pixel)
            }
        }
        guard low.x.isFinite, low.y.isFinite else { return nil }
        return DepthRegion(low: low, high: high, pictureWidth: model.width, pictureHeight: model.height)
    }

    /// Fills `samples` with the depth of what the colour camera sees inside the rectangle.
    mutating func gather(
        _ rectangle: Rectangle, depth: UnsafeBufferPointer<UInt16>, model: CameraModel, limits: Range<UInt16>,
        into samples: inout DepthSamples
    ) {
        let nearLimit = max(ColorDepthReader.nearestMillimetres, Double(limits.lowerBound))
        guard
            let region = region(
                of: rectangle, nearest: nearLimit, farthest: max(nearLimit, Double(limits.upperBound)), model: model)
        else {
            samples.fill(capacity: 0) { _ in 0 }
            return
        }
        let warp = Warp(view, model, rectangle, region)
        for index in nearest.indices { nearest[index] = .max }
        nearest.withUnsafeMutableBufferPointer { nearest in
            warp.forEach(depth, limits) { value, cell in nearest[cell] = min(nearest[cell], value) }
            samples.fill(capacity: region.width * region.height) { values in
                var count = 0
                warp.forEach(depth, limits) { value, cell in
                    guard Double(value) <= Double(nearest[cell]) * (1 + ColorDepthReader.hiddenBehind) else { return }
                    values[count] = value
                    count += 1
                }
                return count
            }
        }
    }

    /// From a depth pixel and its depth to a cell of the rectangle.
    private struct Warp {
        private let region: DepthRegion
        private let step: Int
        private let model: CameraModel
        private let rotation: Matrix3
        private let translation: SIMD3<Double>
        private let low: SIMD2<Double>
        private let cells: SIMD2<Double>
        private let perUnit: SIMD2<Double>

        init(_ view: ColorView, _ model: CameraModel, _ rectangle: Rectangle, _ region: DepthRegion) {
            self.region = region
            self.model = model
            rotation = view.rotation
            translation = view.translationMillimetres
            low = rectangle.low
            let area = region.width * region.height
            step = max(1, Int((Double(area) / Double(ColorDepthReader.enoughPixels)).squareRoot().rounded(.up)))
            // A cell holds at least two pixels per axis, so that a sampling gap in an object is not a hole in it.
            let size = rectangle.high - rectangle.low
            let pixels = size * SIMD2(model.fx, model.fy) / Double(2 * step)
            let most = Double(ColorDepthReader.cellsPerAxis)
            cells = SIMD2(min(most, max(1, pixels.x.rounded(.down))), min(most, max(1, pixels.y.rounded(.down))))
            perUnit = cells / pointwiseMax(size, SIMD2(repeating: 1e-9))
        }

        /// Calls `body` with the depth and the cell of every valid pixel that the colour camera sees in the rectangle.
        @inline(__always)
        func forEach(_ depth: UnsafeBufferPointer<UInt16>, _ limits: Range<UInt16>, _ body: (UInt16, Int) -> Void) {
            let (r00, r01, r02) = (rotation[0, 0], rotation[0, 1], rotation[0, 2])
            let (r10, r11, r12) = (rotation[1, 0], rotation[1, 1], rotation[1, 2])
            let (r20, r21, r22) = (rotation[2, 0], rotation[2, 1], rotation[2, 2])
            for y in stride(from: region.y, to: region.y + region.height, by: step) {
                let b = (Double(y) - model.cy) / model.fy
                for x in stride(from: region.x, to: region.x + region.width, by: step) {
                    let value = depth[y * model.width + x]
                    guard value > limits.lowerBound, value < limits.upperBound else { continue }
                    let a = (Double(x) - model.cx) / model.fx
                    let z = Double(value)
                    let depthInColor = (r20 * a + r21 * b + r22) * z + translation.z
                    guard depthInColor > 1 else { continue }
                    let column = (((r00 * a + r01 * b + r02) * z + translation.x) / depthInColor - low.x) * perUnit.x
                    let row = (((r10 * a + r11 * b + r12) * z + translation.y) / depthInColor - low.y) * perUnit.y
                    guard column >= 0, row >= 0, column < cells.x, row < cells.y else { continue }
                    body(value, Int(row) * ColorDepthReader.cellsPerAxis + Int(column))
                }
            }
        }
    }
}
