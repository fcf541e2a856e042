// SPDX-License-Identifier: Apache-2.0
public import Core
internal import Foundation

extension Network {
    /// Makes a manifest from a model's inputs and outputs, or gives nil when they do not tell enough.
    public typealias Recogniser = (_ inputs: [TensorDescription], _ outputs: [TensorDescription]) -> ModelManifest?

    /// Loads a model file.
    /// - Parameters:
    ///   - modelPath: an ONNX file.
    ///   - manifestPath: its manifest; nil to recognise the family by the model's inputs and outputs.
    ///   - blobConfiguration: what a gen1 program says about the network: its labels and
    ///     confidence threshold replace the manifest's, and "raw" switches the decoder off.
    ///   - threads: for one run.
    ///   - digest: SHA-256 as lower-case hexadecimal digits, to check the manifest's `sha256` with; nil when whoever
    ///     installed the model has done so.
    ///   - recognise: makes the manifest of a model that has none, from its inputs and outputs.
    public static func load(
        modelPath: String, manifestPath: String? = nil, blobConfiguration: BlobConfiguration? = nil, runtime: ONNXRuntime,
        threads: Int, digest: (([UInt8]) -> String)? = nil, recognising recognise: Recogniser = ModelManifest.recognise
    ) throws(InferenceError) -> Network {
        guard FileManager.default.isReadableFile(atPath: modelPath) else {
            throw .unreadable(path: modelPath, reason: "there is no readable model file here; check the path")
        }
        var manifest: ModelManifest?
        if let manifestPath {
            manifest = try ModelManifest(json: read(manifestPath), source: manifestPath)
        }
        if let expected = manifest?.sha256, let digest {
            let found = digest(try read(modelPath))
            guard found == expected else {
                throw .manifest(
                    source: manifestPath ?? modelPath, field: "sha256",
                    reason: "the model file has \(found), not \(expected); install the model again")
            }
        }
        let session = try runtime.open(path: modelPath, threads: threads)
        return try make(session, manifest: manifest, blobConfiguration: blobConfiguration, recognise)
    }

    /// Loads a model that is in memory; `name` stands in error texts.
    public static func load(
        model: [UInt8], name: String, manifest: ModelManifest? = nil, blobConfiguration: BlobConfiguration? = nil,
        runtime: ONNXRuntime, threads: Int, recognising recognise: Recogniser = ModelManifest.recognise
    ) throws(InferenceError) -> Network {
        let session = try runtime.open(model: model, name: name, threads: threads)
        return try make(session, manifest: manifest, blobConfiguration: blobConfiguration, recognise)
    }

    private static func make(
        _ session: ONNXSession, manifest: ModelManifest?, blobConfiguration: BlobConfiguration?, _ recognise: Recogniser
    ) throws(InferenceError) -> Network {
        guard var manifest = manifest ?? recognise(session.inputs, session.outputs) else {
            let signature = (session.inputs + session.outputs).map { "\($0.name) \($0.shapeText)" }
            throw .unrecognised(model: session.name, signature: signature.joined(separator: ", "))
        }
        if let blobConfiguration { manifest.apply(blobConfiguration) }
        // A free dimension takes what the manifest's input has in its place.
        var shapes: [String: [Int]] = [:]
        for input in session.inputs where input.shape.contains(-1) {
            let dropped = manifest.input.shape.count - input.shape.count
            if dropped == 0 || dropped == 1 { shapes[input.name] = Array(manifest.input.shape.dropFirst(dropped)) }
        }
        return try Network(name: session.name, manifest: manifest, engine: session.engine(inputShapes: shapes))
    }

    private static func read(_ path: String) throws(InferenceError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }
}

extension ModelManifest {
    /// Lets a gen1 program's own description of its network win.
    public mutating func apply(_ configuration: BlobConfiguration) {
        if configuration.family == .raw { family = .raw }
        if !configuration.labels.isEmpty { labels = configuration.labels }
        if let confidence = configuration.confidenceThreshold { thresholds.confidence = confidence }
    }
}
