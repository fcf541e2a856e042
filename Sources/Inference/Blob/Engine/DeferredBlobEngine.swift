// SPDX-License-Identifier: Apache-2.0
internal import Core
import Synchronization

/// A blob that may run elsewhere: what it takes and gives is known at once, the engine is made when it is first needed.
final class DeferredBlobEngine: Engine {
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    let blob: Blob
    private let make: @Sendable (Blob) throws(InferenceError) -> any Engine
    private let engine = Mutex<(any Engine)?>(nil)

    /// - Parameter make: called once, unless it throws.
    init(_ blob: Blob, make: @escaping @Sendable (Blob) throws(InferenceError) -> any Engine) {
        (self.blob, self.make) = (blob, make)
        inputs = blob.inputs.map { $0.description(batch: blob.header.batch) }
        outputs = blob.outputs.map { $0.description(batch: blob.header.batch) }
    }

    /// The engine itself.
    /// - Throws: `blob` when a stage cannot run here.
    @discardableResult
    func made() throws(InferenceError) -> any Engine {
        try engine.withLock { (engine: inout sending (any Engine)?) throws(InferenceError) -> any Engine in
            if let engine { return engine }
            let made = try make(blob)
            engine = made
            return made
        }
    }

    func run<Result: Sendable>(
        fill: (String, UnsafeMutableRawBufferPointer) throws(InferenceError) -> Void,
        _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        try made().run(fill: fill, body)
    }
}

extension Network {
    /// Reads a blob that may run elsewhere, and keeps it as it is.
    /// - Parameters:
    ///   - accelerator: what else may run it when it is run here, where it suits that.
    ///   - make: makes the engine when the network is first run here.
    package static func deferred(
        blob bytes: [UInt8], name: String, manifest: ModelManifest? = nil, blobConfiguration: BlobConfiguration? = nil,
        accelerator: (any BlobAccelerator)? = nil, make: @escaping @Sendable (Blob) throws(InferenceError) -> any Engine
    ) throws(InferenceError) -> Network {
        let blob = try Blob.read(bytes, name: name)
        let plain = DeferredBlobEngine(blob, make: make)
        let manifest = try ModelManifest.settled(
            manifest, blobConfiguration, name: name, inputs: plain.inputs, outputs: plain.outputs)
        guard let accelerator, blob.deviceObstacle == nil else {
            return try Network(name: name, manifest: manifest, engine: plain)
        }
        let runner = accelerator.runner(for: blob, input: manifest.input, outputs: plain.outputs)
        let engine = DeferredBlobEngine(blob) { (blob) throws(InferenceError) in
            AcceleratedBlobEngine(try make(blob), runner: runner)
        }
        return try Network(name: name, manifest: manifest, engine: engine, runner: runner)
    }

    /// The blob, of networks that were loaded for a camera's own processor; nil for the others.
    package var deviceBlob: Blob? { (engine as? DeferredBlobEngine)?.blob }

    /// Makes the network ready to run here, where it was loaded for a camera's own processor.
    /// - Throws: `blob` when a stage cannot run here.
    public func prepareToRun() throws(InferenceError) { try (engine as? DeferredBlobEngine)?.made() }
}

extension BlobHeader {
    /// Whether the firmware of DepthAI cameras takes blobs of this version: those of OpenVINO 2020.4 to 2022.1.
    package var suitsCameras: Bool {
        switch major {
        case 6, 2021, 2022: true
        case 2020: minor >= 4
        default: false
        }
    }
}

extension Blob {
    /// Vector processors of the chip.
    private static let mostShaves = 16

    /// Why a MyriadX cannot run the blob; nil when nothing is known to keep it.
    package var deviceObstacle: String? {
        guard header.suitsCameras else {
            return "the blob's version is \(header.major).\(header.minor); cameras run those of OpenVINO 2020.4 to 2022.1"
        }
        guard header.shaves <= Self.mostShaves else {
            return "the blob was compiled for \(header.shaves) shaves; cameras have \(Self.mostShaves)"
        }
        guard inputs.count == 1, inputs[0].tensor.element == .uint8 else {
            return "the blob's input is no uint8; compile it with -ip U8"
        }
        return header.batch == 1 ? nil : "the blob takes \(header.batch) pictures at a time"
    }
}
