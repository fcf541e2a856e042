// SPDX-License-Identifier: Apache-2.0
public import Core

/// Something that runs one network: ONNX Runtime, or the executor of MyriadX blobs.
///
/// The buffers belong to the engine and are made once. An engine serves one caller at a time; a second caller waits.
public protocol Engine: AnyObject, Sendable {
    /// What the network takes; every dimension is known.
    var inputs: [TensorDescription] { get }
    /// What the network gives, in its own order. A dimension of -1 changes from run to run.
    var outputs: [TensorDescription] { get }

    /// Runs the network once.
    /// - Parameters:
    ///   - fill: called for each input with its name and the buffer to write (row-major, of the input's element type).
    ///   - body: gets the outputs, in the order of `outputs`; they are valid only while it runs.
    func run<Result: Sendable>(
        fill: (String, UnsafeMutableRawBufferPointer) throws(InferenceError) -> Void,
        _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result
}
