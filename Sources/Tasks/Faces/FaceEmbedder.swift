// SPDX-License-Identifier: Apache-2.0
internal import Core
internal import Inference

/// A face as a direction in the space of an embedding network.
package struct FaceVector: Sendable, Hashable {
    /// Which network's space.
    var model: String
    /// Of length 1.
    var values: [Float]

    /// nil when the values have no direction.
    package init?(model: String, values: [Float]) {
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length.isFinite, length > 1e-6 else { return nil }
        self.model = model
        self.values = values.map { $0 / length }
    }

    /// The direction in the middle of others; nil when there is none.
    init?(meanOf vectors: [FaceVector]) {
        guard let first = vectors.first else { return nil }
        var sum = first.values
        for vector in vectors.dropFirst() where vector.values.count == sum.count {
            for index in sum.indices { sum[index] += vector.values[index] }
        }
        self.init(model: first.model, values: sum)
    }

    /// -1...1; nil when the vectors are of different networks.
    func cosine(_ other: FaceVector) -> Float? {
        guard model == other.model, values.count == other.values.count else { return nil }
        return zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

/// Turns faces into vectors with whatever model has the role.
struct FaceEmbedder: Sendable {
    let models: any TaskModels

    func embed(_ face: Detection, in frame: Frame, _ call: TaskCall) throws(TaskError) -> FaceVector {
        let model = try models.model(.faceEmbedding)
        let aligned = FaceAligner().align(face, in: frame)
        let values = try call.inferring { () throws(TaskError) in try model.network.numbers(aligned).values }
        guard let vector = FaceVector(model: "\(model.identity)#\(values.count)", values: values) else {
            throw .network("the face embedding model returned a zero vector")
        }
        return vector
    }

    func scale() throws(TaskError) -> FaceScale {
        FaceScale(cosineAtThreshold: try models.model(.faceEmbedding).network.manifest.thresholds.confidence)
    }
}
