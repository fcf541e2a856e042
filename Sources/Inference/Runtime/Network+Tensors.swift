// SPDX-License-Identifier: Apache-2.0
public import Core

extension Network {
    /// Runs the network on numbers instead of a picture, e.g. a spectrogram: nothing is resized or scaled.
    /// - Parameter values: the whole input tensor in row-major order: float32, with exactly that number of elements.
    /// - Returns: the output tensors; no decoder looks at them.
    public func run(values: [Float]) throws(InferenceError) -> [Tensor] {
        let input = engine.inputs[0]
        guard input.element == .float32, input.shape.reduce(1, *) == values.count else {
            throw .shape(
                model: name, tensor: input.name, expected: "float32 of \(values.count) elements", found: input.shapeText)
        }
        return try engine.run(
            fill: { (_, buffer) throws(InferenceError) in
                values.withUnsafeBytes { buffer.copyMemory(from: $0) }
            },
            { (views) throws(InferenceError) -> [Tensor] in views.map(Tensor.init) })
    }
}

extension Tensor {
    /// The elements as numbers, whatever their type, in row-major order.
    public var floats: [Float] {
        bytes.withUnsafeBytes { bytes in
            let view = TensorView(name: description.name, shape: description.shape, element: description.element, bytes: bytes)
            return OutputTensors(count: 1).withFloats([view], 0) { Array($0) }
        }
    }
}
