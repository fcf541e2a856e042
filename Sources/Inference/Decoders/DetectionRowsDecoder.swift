// SPDX-License-Identifier: Apache-2.0
internal import Core

/// Networks that end in DetectionOutput: rows [image id, label, confidence, left, top, right, bottom] in fractions, in
/// any tensor whose last dimension is 7. An image id below 0 or a confidence of 0 ends the list (gen1's rule).
struct DetectionRowsDecoder: DetectionDecoder {
    var classes: Int? { nil }
    private let width: Float
    private let height: Float

    init(_ manifest: ModelManifest, _ signature: OutputSignature) throws(InferenceError) {
        let output = try signature.single("[1, 1, N, 7]")
        guard (2...4).contains(output.shape.count), output.shape.last == 7,
            output.shape.dropLast(2).allSatisfy({ $0 == 1 || $0 == -1 })
        else { throw signature.mismatch(output, "[1, 1, N, 7]") }
        (width, height) = (Float(manifest.input.width), Float(manifest.input.height))
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        tensors.withFloats(views, 0) { values in
            for row in stride(from: 0, through: values.count - 7, by: 7) {
                let (image, label, confidence) = (values[row], values[row + 1], values[row + 2])
                // NaN compares false, so a broken row ends nothing and is left out below.
                if image < 0 || confidence == 0 { break }
                guard confidence >= threshold, (0...10_000).contains(label) else { continue }
                list.add(
                    Candidate(
                        left: values[row + 3] * width, top: values[row + 4] * height, right: values[row + 5] * width,
                        bottom: values[row + 6] * height, score: confidence, label: Int(label)))
            }
        }
    }
}
