// SPDX-License-Identifier: Apache-2.0
internal import Core
import Synchronization

/// A blob that runs elsewhere where it can, and here where it cannot: each run finds out anew, and none is left out.
///
/// `@unchecked Sendable`: the buffer is touched only inside `gate` after `init`.
final class AcceleratedBlobEngine: Engine, @unchecked Sendable {
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    private let own: any Engine
    private let runner: any BlobRunner
    private let gate = Mutex(())
    private let input: UnsafeMutableRawBufferPointer

    /// - Parameter own: what runs the blob here; it takes one input.
    init(_ own: any Engine, runner: any BlobRunner) {
        (self.own, self.runner, inputs, outputs) = (own, runner, own.inputs, own.outputs)
        input = .allocate(byteCount: own.inputs.first?.byteCount ?? 0, alignment: 64)
    }

    deinit { input.deallocate() }

    func run<Result: Sendable>(
        fill: (String, UnsafeMutableRawBufferPointer) throws(InferenceError) -> Void,
        _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        try gate.withLock { (_) throws(InferenceError) -> Result in
            for description in inputs { try fill(description.name, input) }
            if let result = try runner.run(UnsafeRawBufferPointer(input), body) { return result }
            return try own.run(
                fill: { (_, buffer) throws(InferenceError) in buffer.copyMemory(from: UnsafeRawBufferPointer(input)) }, body)
        }
    }
}
