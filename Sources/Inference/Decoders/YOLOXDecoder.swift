// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// YOLOX: one row per cell of each stride's grid, [dx, dy, log width, log height, objectness, C classes], the last two
/// already activated. Centre = (d + cell) · stride, size = exp(log size) · stride, confidence = objectness · best class.
struct YOLOXDecoder: DetectionDecoder {
    let classes: Int?
    private let grids: [CellGrid]
    private let columns: Int
    private let cells: Int

    init(_ manifest: ModelManifest, _ signature: OutputSignature) throws(InferenceError) {
        grids = manifest.grids
        cells = grids.reduce(0) { $0 + $1.count }
        let expected = "[1, \(cells), 5 + classes]"
        let output = try signature.single(expected)
        columns = output.shape.last ?? 0
        guard output.fits([1, cells, -1]), columns >= 6 else { throw signature.mismatch(output, expected) }
        classes = columns - 5
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        tensors.withFloats(views, 0) { values in
            guard values.count >= cells * columns else { return }
            var row = 0
            for grid in grids {
                let stride = Float(grid.stride)
                for cell in 0..<grid.count {
                    defer { row += columns }
                    let objectness = values[row + 4]
                    guard objectness >= threshold else { continue }
                    let (label, probability) = bestClass(values, from: row + 5, count: columns - 5)
                    let score = objectness * probability
                    guard score >= threshold else { continue }
                    let x = (values[row] + Float(cell % grid.columns)) * stride
                    let y = (values[row + 1] + Float(cell / grid.columns)) * stride
                    let (width, height) = (exp(values[row + 2]) * stride, exp(values[row + 3]) * stride)
                    list.add(
                        Candidate(
                            left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2,
                            score: score, label: label))
                }
            }
        }
    }
}
