// SPDX-License-Identifier: Apache-2.0
internal import Core
import Foundation

/// YOLO v2 and v3 after their region layers, as compiled networks end: for each grid planes (anchor, x, y, w, h,
/// objectness, classes) in the order anchor, plane, row, column; x, y, objectness and classes went through their
/// activations in the network.
///
/// Centre = (cell + x, y) / grid; size = e^(w, h) · anchor; confidence = objectness · best class. Anchors are pixels of the
/// network's picture (v3), or cells where no masks say which grid uses which (v2).
struct RegionDecoder: DetectionDecoder {
    let classes: Int?
    private let classCount: Int
    private let width: Float
    private let height: Float
    private let grids: [Grid]

    private struct Grid {
        var output: Int
        var columns: Int
        var rows: Int
        /// Sizes in pixels.
        var anchors: [SIMD2<Float>]
    }

    /// Numbers per box beside the classes: x, y, w, h, objectness.
    private static let boxNumbers = 5

    init(_ manifest: ModelManifest, _ signature: OutputSignature) throws(InferenceError) {
        guard let region = manifest.decoder.region else {
            throw .manifest(
                source: signature.model, field: "decoder.region", reason: "is missing; a region network needs classes and anchors"
            )
        }
        classCount = region.classes
        classes = region.classes
        (width, height) = (Float(manifest.input.width), Float(manifest.input.height))
        let anchors = stride(from: 0, to: region.anchors.count - 1, by: 2).map {
            SIMD2(region.anchors[$0], region.anchors[$0 + 1])
        }
        var grids: [Grid] = []
        for (index, output) in signature.outputs.enumerated() {
            let count = output.shape.reduce(1, *)
            let candidates: [Grid] =
                region.masks.isEmpty
                ? [8, 16, 32].map { (pitch: Int) in
                    let (columns, rows) = (manifest.input.width / pitch, manifest.input.height / pitch)
                    return Grid(output: index, columns: columns, rows: rows, anchors: anchors.map { $0 * Float(pitch) })
                }
                : region.masks.sorted { $0.key < $1.key }.map { side, mask in
                    let rows = side * manifest.input.height / manifest.input.width
                    return Grid(
                        output: index, columns: side, rows: rows,
                        anchors: mask.filter(anchors.indices.contains).map { anchors[$0] })
                }
            let numbers = Self.boxNumbers + region.classes
            guard let grid = candidates.first(where: { $0.columns * $0.rows * $0.anchors.count * numbers == count }) else {
                let expected = candidates.map { "\($0.anchors.count) · \(numbers) · \($0.rows) · \($0.columns)" }
                throw signature.mismatch(output, "one of \(expected.joined(separator: ", ")) numbers")
            }
            grids.append(grid)
        }
        self.grids = grids
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        for grid in grids {
            tensors.withFloats(views, grid.output) { values in
                let plane = grid.columns * grid.rows
                let numbers = Self.boxNumbers + classCount
                guard values.count >= grid.anchors.count * numbers * plane else { return }
                for (index, anchor) in grid.anchors.enumerated() {
                    for cell in 0..<plane {
                        let start = index * numbers * plane + cell
                        let objectness = values[start + 4 * plane]
                        // A class is at most 1, so objectness alone bounds the confidence.
                        guard objectness >= threshold else { continue }
                        let (label, probability) = bestClass(
                            values, from: start + Self.boxNumbers * plane, count: classCount, step: plane)
                        guard objectness * probability >= threshold else { continue }
                        let x = (values[start] + Float(cell % grid.columns)) / Float(grid.columns) * width
                        let y = (values[start + plane] + Float(cell / grid.columns)) / Float(grid.rows) * height
                        let halfWidth = exp(values[start + 2 * plane]) * anchor.x / 2
                        let halfHeight = exp(values[start + 3 * plane]) * anchor.y / 2
                        list.add(
                            Candidate(
                                left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight,
                                score: objectness * probability, label: label))
                    }
                }
            }
        }
    }
}
