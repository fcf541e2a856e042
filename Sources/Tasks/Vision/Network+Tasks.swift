// SPDX-License-Identifier: Apache-2.0
internal import Core
internal import Inference

extension Network {
    /// Looks at a frame, with a failure in this target's terms.
    func look(_ frame: Frame, confidence: Float? = nil) throws(TaskError) -> InferenceResult {
        do {
            return try infer(frame, confidence: confidence)
        } catch {
            throw .network("the model failed: \(error)")
        }
    }

    /// Looks at a frame and gives the first output as numbers; for networks that the manifest calls raw.
    func numbers(_ frame: Frame) throws(TaskError) -> (shape: [Int], values: [Float]) {
        guard let tensor = try look(frame).tensors.first else {
            throw .network("the model \(name) returned no tensor: its manifest should say family raw")
        }
        return (tensor.description.shape, tensor.floats)
    }

    func labelName(_ index: Int) -> String {
        labels.indices.contains(index) ? labels[index] : "class \(index)"
    }
}

extension Array<Float> {
    /// Probabilities of logits; values that are probabilities already (none negative, sum 1) stay as they are.
    var probabilities: [Float] {
        let sum = reduce(0, +)
        if allSatisfy({ $0 >= 0 }), abs(sum - 1) < 0.01 { return self }
        return softmax
    }
}
