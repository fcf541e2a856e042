// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// SSD before its DetectionOutput layer: `loc` [1, 4N], `conf` [1, C·N] (softmaxed) and `prior` [1, 2, 4N], boxes in
/// fractions in row 0 and variances in row 1. Caffe's CENTER_SIZE code: centre = prior centre + variance · offset · prior
/// size, size = exp(variance · offset) · prior size. A prior may give one candidate per class.
struct SSDDecoder: DetectionDecoder {
    let classes: Int?
    private let location: Int
    private let confidence: Int
    private let prior: Int
    private let priors: Int
    private let classCount: Int
    private let background: Int
    private let width: Float
    private let height: Float

    init(_ manifest: ModelManifest, _ signature: OutputSignature) throws(InferenceError) {
        let outputs = signature.outputs
        guard outputs.count == 3, let prior = outputs.firstIndex(where: { $0.shape.count == 3 && $0.shape[1] == 2 }),
            let numbers = outputs[prior].shape.last, numbers > 0, numbers % 4 == 0
        else {
            throw .shape(
                model: signature.model, tensor: outputs.map(\.name).joined(separator: ", "),
                expected: "three outputs: loc [1, 4N], conf [1, classes·N], prior [1, 2, 4N]",
                found: outputs.map(\.shapeText).joined(separator: ", "))
        }
        let rest = outputs.indices.filter { $0 != prior }
        // Four classes give conf the shape of loc: then the name or the order tells.
        let ofShape = rest.filter { outputs[$0].shape == [1, numbers] }
        guard let location = ofShape.first(where: { outputs[$0].name.contains("loc") }) ?? ofShape.first,
            let confidence = rest.first(where: { $0 != location })
        else { throw signature.mismatch(outputs[rest[0]], "[1, \(numbers)] (loc, four numbers per prior)") }
        let values = outputs[confidence].shape
        guard values.count == 2, values[0] == 1, values[1] > 0, values[1] % (numbers / 4) == 0 else {
            throw signature.mismatch(outputs[confidence], "[1, classes · \(numbers / 4)]")
        }
        (self.prior, self.location, self.confidence) = (prior, location, confidence)
        priors = numbers / 4
        classCount = values[1] / (numbers / 4)
        classes = classCount
        background = manifest.decoder.background
        (width, height) = (Float(manifest.input.width), Float(manifest.input.height))
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        tensors.withFloats(views, location) { offsets in
            tensors.withFloats(views, confidence) { scores in
                tensors.withFloats(views, prior) { priorValues in
                    guard offsets.count >= 4 * priors, scores.count >= classCount * priors, priorValues.count >= 8 * priors
                    else { return }
                    for index in 0..<priors {
                        for label in 0..<classCount where label != background {
                            let score = scores[index * classCount + label]
                            guard score >= threshold else { continue }
                            list.add(candidate(index, offsets, priorValues, score: score, label: label))
                        }
                    }
                }
            }
        }
    }

    private func candidate(
        _ index: Int, _ offsets: UnsafeBufferPointer<Float>, _ values: UnsafeBufferPointer<Float>, score: Float, label: Int
    ) -> Candidate {
        func four(_ buffer: UnsafeBufferPointer<Float>, _ start: Int) -> SIMD4<Float> {
            SIMD4(buffer[start], buffer[start + 1], buffer[start + 2], buffer[start + 3])
        }
        let box = four(values, 4 * index)
        let coded = four(offsets, 4 * index) * four(values, 4 * (priors + index))
        let size = box.highHalf - box.lowHalf
        let centre = (box.lowHalf + box.highHalf) / 2 + coded.lowHalf * size
        let half = SIMD2(exp(coded[2]), exp(coded[3])) * size / 2
        let (low, high) = (centre - half, centre + half)
        return Candidate(
            left: low.x * width, top: low.y * height, right: high.x * width, bottom: high.y * height, score: score,
            label: label)
    }
}
