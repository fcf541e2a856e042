// SPDX-License-Identifier: Apache-2.0
internal import Core

extension Blob {
    /// The stages that cannot run here; empty for a blob that can be loaded.
    public var refusals: [BlobRefusal] {
        let lowering = BlobLowering(self)
        lowering.run()
        return lowering.refusals
    }

    /// Reads a file and makes it ready to run.
    public static func engine(_ bytes: [UInt8], name: String, runtime: ONNXRuntime, threads: Int)
        throws(InferenceError) -> any Engine
    {
        let blob: Blob
        do { blob = try Blob(bytes) } catch { throw .brokenBlob(name: name, reason: "\(error)") }
        return try blob.engine(name: name, runtime: runtime, threads: threads)
    }

    /// Makes the blob ready to run.
    /// - Parameters:
    ///   - name: stands in error texts.
    ///   - threads: for one run, at least 1.
    /// - Throws: `blob` when a stage cannot run here.
    public func engine(name: String, runtime: ONNXRuntime, threads: Int) throws(InferenceError) -> any Engine {
        let lowering = BlobLowering(self)
        lowering.run()
        guard lowering.refusals.isEmpty else { throw .blob(name: name, refusals: lowering.refusals) }
        return try BlobEngine(self, lowering.graph, name: name, runtime: runtime, threads: threads)
    }
}
