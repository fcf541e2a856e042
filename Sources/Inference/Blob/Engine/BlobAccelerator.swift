// SPDX-License-Identifier: Apache-2.0
public import Core

/// Somewhere else that blobs can be run.
public protocol BlobAccelerator: Sendable {
    /// What runs a blob there. Nothing is started before its first run.
    /// - Parameters:
    ///   - blob: suits a MyriadX: see `Blob.deviceObstacle`.
    ///   - input: what the blob's picture is.
    ///   - outputs: what it gives, in its own order; every dimension is known.
    func runner(for blob: Blob, input: ModelManifest.Input, outputs: [TensorDescription]) -> any BlobRunner
}

/// Runs one blob elsewhere while it can. Preprocessing and decoding stay here, so results are the same wherever it ran.
public protocol BlobRunner: AnyObject, Sendable {
    /// Whether it ran the blob the last time.
    var isServing: Bool { get }
    /// Why it did not, in words for the owner; empty where nobody need know.
    var problem: String { get }

    /// Runs the blob once. Blocks.
    /// - Parameters:
    ///   - input: the whole input tensor; valid only until this returns.
    ///   - body: gets the outputs; they are valid only while it runs. Not called when there are none.
    /// - Returns: nil when the blob cannot be run there now.
    /// - Throws: what `body` throws.
    func run<Result: Sendable>(
        _ input: UnsafeRawBufferPointer, _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result?
}
