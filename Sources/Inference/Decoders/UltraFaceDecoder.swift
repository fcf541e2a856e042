// SPDX-License-Identifier: Apache-2.0
internal import Core

/// UltraFace: `scores` [1, N, 2] (class 1 is the face) and `boxes` [1, N, 4] as left, top, right, bottom in fractions.
/// The repository's "simplified" exports, whose boxes are not decoded, have the same shapes and cannot be told apart.
struct UltraFaceDecoder: DetectionDecoder {
    var classes: Int? { 2 }
    private let scores: Int
    private let boxes: Int
    private let width: Float
    private let height: Float

    init(_ manifest: ModelManifest, _ signature: OutputSignature) throws(InferenceError) {
        scores = try signature.index(named: "scores", shape: [1, -1, 2])
        boxes = try signature.index(named: "boxes", shape: [1, -1, 4])
        guard signature.outputs[boxes].fits([1, signature.outputs[scores].shape[1], 4]) else {
            throw signature.mismatch(signature.outputs[boxes], "[1, \(signature.outputs[scores].shape[1]), 4]")
        }
        (width, height) = (Float(manifest.input.width), Float(manifest.input.height))
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        tensors.withFloats(views, scores) { scores in
            tensors.withFloats(views, boxes) { boxes in
                for index in 0..<min(scores.count / 2, boxes.count / 4) where scores[index * 2 + 1] >= threshold {
                    list.add(
                        Candidate(
                            left: boxes[index * 4] * width, top: boxes[index * 4 + 1] * height,
                            right: boxes[index * 4 + 2] * width, bottom: boxes[index * 4 + 3] * height,
                            score: scores[index * 2 + 1], label: 1))
                }
            }
        }
    }
}
