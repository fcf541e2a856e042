// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// NanoDet: for each stride class probabilities [1, N, C] and distances [1, N, 4·bins]. Each edge's distance from the
/// cell's centre is the mean of a softmax over `bins` bins, in strides (generalised focal loss, arXiv 2006.04388).
struct NanoDetDecoder: DetectionDecoder {
    let classes: Int?
    private let levels: [Level]
    private let bins: Int
    private let classCount: Int

    private struct Level: Sendable {
        var grid: CellGrid
        var classes: Int
        var boxes: Int
    }

    init(_ manifest: ModelManifest, _ signature: OutputSignature) throws(InferenceError) {
        bins = manifest.decoder.bins
        var (levels, classCount) = ([Level](), manifest.labels.count)
        for grid in manifest.grids {
            let ofGrid = signature.outputs.indices.filter { signature.outputs[$0].fits([1, grid.count, -1]) }
            // Labels tell the two apart where the classes are as many as the distances.
            guard let boxes = ofGrid.last(where: { signature.outputs[$0].shape[2] == 4 * manifest.decoder.bins }),
                let classes = ofGrid.first(where: { $0 != boxes })
            else {
                throw .shape(
                    model: signature.model, tensor: "stride \(grid.stride)",
                    expected: "outputs [1, \(grid.count), classes] and [1, \(grid.count), \(4 * manifest.decoder.bins)]",
                    found: signature.outputs.map(\.shapeText).joined(separator: ", "))
            }
            let found = signature.outputs[classes].shape[2]
            if classCount == 0 { classCount = found }
            guard found == classCount, found > 0 else {
                throw signature.mismatch(signature.outputs[classes], "[1, \(grid.count), \(classCount)]")
            }
            levels.append(Level(grid: grid, classes: classes, boxes: boxes))
        }
        (self.levels, self.classCount, classes) = (levels, classCount, classCount)
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        for level in levels {
            let grid = level.grid
            tensors.withFloats(views, level.classes) { scores in
                tensors.withFloats(views, level.boxes) { distances in
                    guard scores.count >= grid.count * classCount, distances.count >= grid.count * 4 * bins else { return }
                    for cell in 0..<grid.count {
                        let (label, score) = bestClass(scores, from: cell * classCount, count: classCount)
                        guard score >= threshold else { continue }
                        let edge = (0..<4).map { expectation(distances, from: (cell * 4 + $0) * bins) * Float(grid.stride) }
                        let x = (Float(cell % grid.columns) + 0.5) * Float(grid.stride)
                        let y = (Float(cell / grid.columns) + 0.5) * Float(grid.stride)
                        list.add(
                            Candidate(
                                left: x - edge[0], top: y - edge[1], right: x + edge[2], bottom: y + edge[3], score: score,
                                label: label))
                    }
                }
            }
        }
    }

    /// Mean bin of a softmax distribution.
    private func expectation(_ values: UnsafeBufferPointer<Float>, from start: Int) -> Float {
        var largest = values[start]
        for bin in 1..<bins { largest = max(largest, values[start + bin]) }
        var (sum, weighted) = (Float(0), Float(0))
        for bin in 0..<bins {
            let weight = exp(values[start + bin] - largest)
            sum += weight
            weighted += weight * Float(bin)
        }
        return weighted / sum
    }
}
