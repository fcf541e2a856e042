// SPDX-License-Identifier: Apache-2.0
import Core
import Inference
import Synchronization

/// An engine whose outputs are given beforehand, and which remembers what it was fed.
final class FixedEngine: Engine {
    struct Output: Sendable {
        var description: TensorDescription
        var bytes: [UInt8]

        /// A float32 output.
        init(_ name: String, _ shape: [Int], _ values: [Float]) {
            description = TensorDescription(name: name, shape: shape, element: .float32)
            bytes = values.withUnsafeBytes(Array.init)
        }

        /// An output of another type, by its bytes.
        init(_ name: String, _ shape: [Int], _ element: TensorElement, bytes: [UInt8]) {
            description = TensorDescription(name: name, shape: shape, element: element)
            self.bytes = bytes
        }
    }

    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    private let given: [Output]
    private let lastInput = Mutex<[UInt8]>([])

    init(input shape: [Int], element: TensorElement = .float32, _ given: [Output]) {
        inputs = [TensorDescription(name: "images", shape: shape, element: element)]
        outputs = given.map(\.description)
        self.given = given
    }

    /// The bytes the network would have seen in the last run.
    var fed: [UInt8] { lastInput.withLock { $0 } }

    var fedFloats: [Float] { fed.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }

    func run<Result: Sendable>(
        fill: (String, UnsafeMutableRawBufferPointer) throws(InferenceError) -> Void,
        _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        let size = inputs[0].shape.reduce(inputs[0].element.byteCount, *)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        defer { buffer.deallocate() }
        try fill(inputs[0].name, buffer)
        lastInput.withLock { $0 = Array(buffer) }
        let flat = UnsafeMutableRawBufferPointer.allocate(byteCount: given.reduce(64) { $0 + $1.bytes.count + 64 }, alignment: 64)
        defer { flat.deallocate() }
        var (views, start) = ([TensorView](), 0)
        for output in given {
            let place = UnsafeMutableRawBufferPointer(rebasing: flat[start..<start + output.bytes.count])
            place.copyBytes(from: output.bytes)
            views.append(
                TensorView(
                    name: output.description.name, shape: output.description.shape, element: output.description.element,
                    bytes: UnsafeRawBufferPointer(place)))
            start = (start + output.bytes.count + 63) & ~63
        }
        return try body(views)
    }
}
