// SPDX-License-Identifier: Apache-2.0

/// A step of a blob that ONNX has no operator for. All operands and results are floats in row-major order, of the sizes
/// checked when the operation was made.
protocol BlobHostOperation: Sendable {
    func run(_ operands: [UnsafeBufferPointer<Float>], into results: [UnsafeMutableBufferPointer<Float>])
}
