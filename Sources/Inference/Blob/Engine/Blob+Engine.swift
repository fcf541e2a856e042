// SPDX-License-Identifier: Apache-2.0
internal import Core

extension Blob {
    /// The stages that cannot run here; empty for a blob that can be loaded.
    public var refusals: [BlobRefusal] {
        let lowering = BlobLowering(self)
        lowering.run()
        return lowering.refusals
    }

    /// Reads a file's bytes and makes the blob ready to run; the bytes are let go before the weights are copied.
    /// - Parameters:
    ///   - name: stands in error texts.
    ///   - threads: for one run, at least 1.
    /// - Throws: `brokenBlob` for bytes that cannot be read, `blob` when a stage cannot run here.
    public static func engine(_ bytes: consuming [UInt8], name: String, runtime: ONNXRuntime, threads: Int)
        throws(InferenceError) -> any Engine
    {
        try BlobEngine(network(bytes, name: name), name: name, runtime: runtime, threads: threads)
    }

    static func read(_ bytes: [UInt8], name: String) throws(InferenceError) -> Blob {
        do { return try Blob(bytes) } catch { throw .brokenBlob(name: name, reason: "\(error)") }
    }

    private static func network(_ bytes: consuming [UInt8], name: String) throws(InferenceError) -> BlobNetwork {
        try BlobNetwork(read(bytes, name: name), name: name)
    }

    /// Makes the blob ready to run. Otherwise like `engine(_:name:runtime:threads:)`.
    public func engine(name: String, runtime: ONNXRuntime, threads: Int) throws(InferenceError) -> any Engine {
        try BlobEngine(BlobNetwork(self, name: name), name: name, runtime: runtime, threads: threads)
    }
}
