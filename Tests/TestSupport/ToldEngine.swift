// SPDX-License-Identifier: Apache-2.0
package import Core
package import Inference

/// A network's engine, for grey pictures of 8 × 8 pixels and without outputs, that does at each picture what it is told.
package final class ToldEngine: Engine {
    package let inputs = [TensorDescription(name: "in", shape: [1, 1, 8, 8], element: .float32)]
    package let outputs: [TensorDescription] = []
    private let work: @Sendable () throws(InferenceError) -> Void

    package init(_ work: @escaping @Sendable () throws(InferenceError) -> Void) {
        self.work = work
    }

    /// A network with such an engine.
    package static func network(_ work: @escaping @Sendable () throws(InferenceError) -> Void = {}) throws -> Network {
        try Network(
            manifest: ModelManifest(family: .raw, input: .init(width: 8, height: 8, color: .gray)), engine: ToldEngine(work))
    }

    package func run<Result: Sendable>(
        fill: (String, UnsafeMutableRawBufferPointer) throws(InferenceError) -> Void,
        _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        try work()
        return try body([])
    }
}
