// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// FastestDet: one map [1, 5 + C, rows, columns]. Channel 0 is objectness, 1...4 are dx, dy, w, h before activation, the
/// rest class probabilities. Centre = (tanh d + cell) / grid, size = sigmoid, confidence = objectness^0.6 · class^0.4.
struct FastestDetDecoder: DetectionDecoder {
    let classes: Int?
    private let classCount: Int
    private let rows: Int
    private let columns: Int
    private let width: Float
    private let height: Float

    init(_ signature: OutputSignature, _ manifest: ModelManifest) throws(InferenceError) {
        let expected = "[1, 5 + classes, rows, columns]"
        let output = try signature.single(expected)
        guard output.shape.count == 4, output.shape[0] == 1, output.shape[1] >= 6, output.shape[2] > 0, output.shape[3] > 0
        else { throw signature.mismatch(output, expected) }
        (classCount, rows, columns) = (output.shape[1] - 5, output.shape[2], output.shape[3])
        (width, height) = (Float(manifest.input.width), Float(manifest.input.height))
        classes = classCount
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        let plane = rows * columns
        tensors.withFloats(views, 0) { values in
            guard values.count >= plane * (5 + classCount) else { return }
            for cell in 0..<plane {
                // A class is at most 1, so objectness alone bounds the confidence.
                let objectness = pow(max(0, values[cell]), 0.6)
                guard objectness >= threshold else { continue }
                let (label, probability) = bestClass(values, from: 5 * plane + cell, count: classCount, step: plane)
                let score = objectness * pow(max(0, probability), 0.4)
                guard score >= threshold else { continue }
                let x = (tanh(values[plane + cell]) + Float(cell % columns)) / Float(columns) * width
                let y = (tanh(values[2 * plane + cell]) + Float(cell / columns)) / Float(rows) * height
                let halfWidth = sigmoid(values[3 * plane + cell]) * width / 2
                let halfHeight = sigmoid(values[4 * plane + cell]) * height / 2
                list.add(
                    Candidate(
                        left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight,
                        score: score, label: label))
            }
        }
    }
}

/// 1 / (1 + e^−x)
func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
