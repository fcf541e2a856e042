// SPDX-License-Identifier: Apache-2.0
internal import COnnxRuntime
internal import Core
import Synchronization

/// A session with its input and output buffers bound once: a run allocates nothing here.
///
/// Outputs with free dimensions are allocated by ONNX Runtime in each run, since only the run knows their size.
///
/// `@unchecked Sendable`: the binding, the buffers and the views are touched only inside `gate` after `init`.
final class ONNXEngine: Engine, @unchecked Sendable {
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    private let session: ONNXSession
    private let gate = Mutex(())
    private let binding: ONNXBinding
    private var views: [TensorView]

    init(session: ONNXSession, inputs: [TensorDescription]) throws(InferenceError) {
        self.session = session
        self.inputs = inputs
        outputs = session.outputs
        binding = try ONNXBinding(session: session)
        for input in inputs { try binding.bindInput(input) }
        views = []
        for output in outputs {
            let bytes = output.shape.contains(-1) ? nil : try binding.bindOutput(output)
            views.append(
                TensorView(
                    name: output.name, shape: output.shape, element: output.element,
                    bytes: UnsafeRawBufferPointer(start: bytes?.baseAddress, count: bytes?.count ?? 0)))
        }
    }

    func run<Result: Sendable>(
        fill: (String, UnsafeMutableRawBufferPointer) throws(InferenceError) -> Void,
        _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        try gate.withLock { (_) throws(InferenceError) -> Result in
            for (input, buffer) in zip(inputs, binding.inputBuffers) { try fill(input.name, buffer) }
            let free = outputs.indices.filter { outputs[$0].shape.contains(-1) }
            for index in free { try binding.bindFreeOutput(outputs[index].name) }
            try binding.run()
            guard !free.isEmpty else { return try body(views) }
            let values = try binding.outputValues()
            defer { values.release() }
            for index in free { views[index] = try values.view(at: index, name: outputs[index].name) }
            return try body(views)
        }
    }
}
