// SPDX-License-Identifier: Apache-2.0
public import Core
internal import Foundation

extension Network {
    /// Makes a manifest from a model's inputs and outputs, or gives nil when they do not tell enough.
    public typealias Recogniser = (_ inputs: [TensorDescription], _ outputs: [TensorDescription]) -> ModelManifest?

    /// Loads a model file.
    /// - Parameters:
    ///   - modelPath: an ONNX file or a MyriadX blob; the content tells which.
    ///   - manifestPath: its manifest; nil to recognise the family by the model's inputs and outputs.
    ///   - blobConfiguration: what a gen1 program says about the network: its labels and
    ///     confidence threshold replace the manifest's, and "raw" switches the decoder off.
    ///   - threads: for one run.
    ///   - digest: SHA-256 as lower-case hexadecimal digits, to check the manifest's `sha256` with; nil when whoever
    ///     installed the model has done so.
    ///   - mayRunElsewhere: a blob is kept as it is, and made ready to run here only when it is first run, or by `prepareToRun`.
    ///   - accelerator: what else may run a blob that suits it; it is made ready to run here all the same.
    ///   - recognise: makes the manifest of a model that has none, from its inputs and outputs.
    public static func load(
        modelPath: String, manifestPath: String? = nil, blobConfiguration: BlobConfiguration? = nil, runtime: ONNXRuntime,
        threads: Int, digest: (([UInt8]) -> String)? = nil, mayRunElsewhere: Bool = false,
        accelerator: (any BlobAccelerator)? = nil, recognising recognise: Recogniser = ModelManifest.recognise
    ) throws(InferenceError) -> Network {
        guard FileManager.default.isReadableFile(atPath: modelPath) else {
            throw .unreadable(path: modelPath, reason: "the model file does not exist or cannot be read; check the path")
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
        // A blob is known by its content: programs give them any name.
        if Blob.isBlob(start(of: modelPath)) {
            return try make(
                blob: read(modelPath), name: modelPath, manifest: manifest, blobConfiguration: blobConfiguration,
                runtime: runtime, threads: threads, accelerator: accelerator, isDeferred: mayRunElsewhere)
        }
        let session = try runtime.open(path: modelPath, threads: threads)
        return try make(session, manifest: manifest, blobConfiguration: blobConfiguration, recognise)
    }

    /// Loads a model that is in memory; `name` stands in error texts.
    public static func load(
        model: [UInt8], name: String, manifest: ModelManifest? = nil, blobConfiguration: BlobConfiguration? = nil,
        runtime: ONNXRuntime, threads: Int, recognising recognise: Recogniser = ModelManifest.recognise
    ) throws(InferenceError) -> Network {
        if Blob.isBlob(model) {
            return try make(
                blob: model, name: name, manifest: manifest, blobConfiguration: blobConfiguration, runtime: runtime,
                threads: threads)
        }
        let session = try runtime.open(model: model, name: name, threads: threads)
        return try make(session, manifest: manifest, blobConfiguration: blobConfiguration, recognise)
    }

    /// Loads a model a hub client sent, a MyriadX blob or an ONNX file, which its content tells.
    public static func load(
        model: [UInt8], name: String, hub configuration: HubNetworkConfiguration, runtime: ONNXRuntime, threads: Int
    ) throws(InferenceError) -> Network {
        if Blob.isBlob(model) {
            let engine = try Blob.engine(model, name: name, runtime: runtime, threads: threads)
            let manifest = try ModelManifest.settled(configuration, name: name, inputs: engine.inputs, outputs: engine.outputs)
            return try Network(name: name, manifest: manifest, engine: engine)
        }
        let session = try runtime.open(model: model, name: name, threads: threads)
        return try make(
            session,
            manifest: ModelManifest.settled(configuration, name: name, inputs: session.inputs, outputs: session.outputs))
    }

    private static func make(
        _ session: ONNXSession, manifest: ModelManifest?, blobConfiguration: BlobConfiguration?, _ recognise: Recogniser
    ) throws(InferenceError) -> Network {
        try make(
            session,
            manifest: ModelManifest.settled(
                manifest, blobConfiguration, name: session.name, inputs: session.inputs, outputs: session.outputs,
                recognise))
    }

    private static func make(_ session: ONNXSession, manifest: ModelManifest) throws(InferenceError) -> Network {
        // A free dimension takes what the manifest's input has in its place.
        var shapes: [String: [Int]] = [:]
        for input in session.inputs where input.shape.contains(-1) {
            let dropped = manifest.input.shape.count - input.shape.count
            if dropped == 0 || dropped == 1 { shapes[input.name] = Array(manifest.input.shape.dropFirst(dropped)) }
        }
        return try Network(name: session.name, manifest: manifest, engine: session.engine(inputShapes: shapes))
    }

    private static func make(
        blob bytes: [UInt8], name: String, manifest: ModelManifest?, blobConfiguration: BlobConfiguration?,
        runtime: ONNXRuntime, threads: Int, accelerator: (any BlobAccelerator)? = nil, isDeferred: Bool = false
    ) throws(InferenceError) -> Network {
        if isDeferred || accelerator != nil {
            let network = try deferred(
                blob: bytes, name: name, manifest: manifest, blobConfiguration: blobConfiguration, accelerator: accelerator
            ) { (blob) throws(InferenceError) in try blob.engine(name: name, runtime: runtime, threads: threads) }
            if !isDeferred { try network.prepareToRun() }
            return network
        }
        let engine = try Blob.engine(bytes, name: name, runtime: runtime, threads: threads)
        let manifest = try ModelManifest.settled(
            manifest, blobConfiguration, name: name, inputs: engine.inputs, outputs: engine.outputs)
        return try Network(name: name, manifest: manifest, engine: engine)
    }

    /// The first bytes of a file; fewer when the file is shorter.
    private static func start(of path: String) -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        return Array((try? file.read(upToCount: 4)) ?? Data())
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
    /// The manifest of a network: the one given, the one its tensors show, or the one a gen1 program's description makes
    /// up; the description's own words win.
    static func settled(
        _ given: ModelManifest?, _ configuration: BlobConfiguration?, name: String, inputs: [TensorDescription],
        outputs: [TensorDescription], _ recognise: Network.Recogniser = ModelManifest.recognise
    ) throws(InferenceError) -> ModelManifest {
        var manifest = given ?? recognise(inputs, outputs)
        // Without a decoder, or with one that is described, the picture is all there is to know.
        if manifest == nil, let configuration, configuration.family != .mobilenet { manifest = .plain(inputs: inputs) }
        guard var manifest else {
            let signature = (inputs + outputs).map { "\($0.name) \($0.shapeText)" }
            throw .unrecognised(model: name, signature: signature.joined(separator: ", "))
        }
        if let configuration { manifest.apply(configuration) }
        return manifest
    }

    /// The manifest of a network a hub client sent: its picture by its input tensor, the rest by the client's description.
    static func settled(
        _ configuration: HubNetworkConfiguration, name: String, inputs: [TensorDescription], outputs: [TensorDescription]
    ) throws(InferenceError) -> ModelManifest {
        // Hub clients compile the preprocessing into the network: it gets the picture's bytes as they are, unless its family
        // is all that tells how to read it.
        var manifest: ModelManifest?
        if case .yolo(nil, _, _) = configuration.decoding { manifest = .recognise(inputs: inputs, outputs: outputs) }
        guard var manifest = manifest ?? .plain(inputs: inputs) else {
            let signature = inputs.map { "\($0.name) \($0.shapeText)" }
            throw .unrecognised(model: name, signature: signature.joined(separator: ", "))
        }
        try manifest.apply(configuration, name: name)
        return manifest
    }

    /// Lets a gen1 program's own description of its network win.
    public mutating func apply(_ configuration: BlobConfiguration) {
        switch configuration.family {
        case .raw: family = .raw
        case .mobilenet: break
        case .yolo(let yolo):
            apply(
                Region(classes: yolo.classes, anchors: yolo.anchors, masks: yolo.anchorMasks), confidence: nil,
                iou: yolo.iouThreshold)
        }
        if !configuration.labels.isEmpty { labels = configuration.labels }
        if let confidence = configuration.confidenceThreshold { thresholds.confidence = confidence }
    }
}
