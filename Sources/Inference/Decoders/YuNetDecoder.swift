// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// YuNet faces: per stride s the outputs `cls_s` and `obj_s` (activated), `bbox_s` (dx, dy, log w, log h in strides from
/// the cell's corner) and `kps_s` (five points: right eye, left eye, nose, right and left corner of the mouth as seen
/// on the person). Confidence = √(class · objectness).
struct YuNetDecoder: DetectionDecoder {
    var landmarks: Int { 5 }
    var classes: Int? { 1 }
    private let levels: [Level]

    private struct Level: Sendable {
        var grid: CellGrid
        var classes: Int
        var objectness: Int
        var boxes: Int
        var points: Int
    }

    init(_ manifest: ModelManifest, _ signature: OutputSignature) throws(InferenceError) {
        var levels: [Level] = []
        for grid in manifest.grids {
            func index(_ kind: String, _ columns: Int) throws(InferenceError) -> Int {
                try signature.index(named: "\(kind)_\(grid.stride)", shape: [1, grid.count, columns])
            }
            levels.append(
                Level(
                    grid: grid, classes: try index("cls", 1), objectness: try index("obj", 1),
                    boxes: try index("bbox", 4), points: try index("kps", 10)))
        }
        self.levels = levels
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        for level in levels {
            tensors.withFloats(views, level.classes) { classes in
                tensors.withFloats(views, level.objectness) { objectness in
                    tensors.withFloats(views, level.boxes) { boxes in
                        tensors.withFloats(views, level.points) { points in
                            decode(
                                level.grid, classes, objectness, boxes, points, threshold: threshold, into: &list)
                        }
                    }
                }
            }
        }
    }

    private func decode(
        _ grid: CellGrid, _ classes: UnsafeBufferPointer<Float>, _ objectness: UnsafeBufferPointer<Float>,
        _ boxes: UnsafeBufferPointer<Float>, _ points: UnsafeBufferPointer<Float>, threshold: Float,
        into list: inout CandidateList
    ) {
        let cells = min(grid.count, classes.count, objectness.count, boxes.count / 4, points.count / 10)
        let stride = Float(grid.stride)
        for cell in 0..<cells {
            let score = (min(1, max(0, classes[cell])) * min(1, max(0, objectness[cell]))).squareRoot()
            guard score >= threshold else { continue }
            let corner = SIMD2(Float(cell % grid.columns), Float(cell / grid.columns))
            let centre = (corner + SIMD2(boxes[cell * 4], boxes[cell * 4 + 1])) * stride
            let half = SIMD2(exp(boxes[cell * 4 + 2]), exp(boxes[cell * 4 + 3])) * stride / 2
            let candidate = Candidate(
                left: centre.x - half.x, top: centre.y - half.y, right: centre.x + half.x, bottom: centre.y + half.y,
                score: score, label: 0)
            list.add(candidate) { point in
                (corner + SIMD2(points[cell * 10 + 2 * point], points[cell * 10 + 2 * point + 1])) * stride
            }
        }
    }
}
