// SPDX-License-Identifier: Apache-2.0
import Core
import Cryptography
import Foundation
import Inference
import OAK
import Pipeline
import Settings
import Synchronization

/// Turns the names of models in settings and pipelines into networks that are ready to run.
final class ModelLoader: Sendable {
    private let settings: ApplianceSettings
    private let accelerator: NetworkAccelerator?
    private let runtime = Mutex<ONNXRuntime?>(nil)

    /// - Parameter accelerator: for the cameras' own networks, if the settings want that; nil to have all of them run here.
    init(_ settings: ApplianceSettings, accelerator: OAKAccelerator? = nil) {
        self.settings = settings
        self.accelerator = accelerator.flatMap { NetworkAccelerator($0, settings.runtime.accelerator) }
    }

    /// The name of the network a pipeline asks for: `demo`, `none` or a path.
    func name(for ai: NetworkConfiguration) -> String {
        [ai.model, ai.blobFile, settings.models.detection].first { !$0.isEmpty } ?? "none"
    }

    /// Loads the network a pipeline asks for; nil for `none`. A blob that the pipeline does not keep on the box is run by the
    /// accelerator where there is one.
    /// - Parameter mayRunElsewhere: whether a camera may run it; see `Network.load`.
    /// - Throws: `InferenceError` or a file error, in words for the owner.
    func network(for ai: NetworkConfiguration, mayRunElsewhere: Bool = false) throws -> Network? {
        let threads = settings.runtime.threads
        switch name(for: ai) {
        case "none":
            return nil
        case "demo":
            return try EmbeddedModels.demoDetector(runtime: openRuntime(), threads: threads)
        case let path:
            return try Network.load(
                modelPath: path, manifestPath: manifest(beside: path), blobConfiguration: blobConfiguration(ai.blobFileConfig),
                runtime: openRuntime(), threads: threads, digest: Self.digest, mayRunElsewhere: mayRunElsewhere,
                accelerator: ai.placement == .host ? nil : accelerator)
        }
    }

    /// What a gen1 program says about its network; nil when it says nothing.
    private func blobConfiguration(_ path: String) throws -> BlobConfiguration? {
        guard !path.isEmpty else { return nil }
        let bytes = try BoundedFile.read(path, maximum: 1 << 20, what: "blob configuration")
        return try BlobConfiguration(json: bytes, source: path)
    }

    /// Loads a network that a client of the hub sent, with as many threads as it asks for and the machine has.
    /// - Throws: `InferenceError`.
    func network(hub model: [UInt8], _ configuration: [UInt8]) throws -> Network {
        let configuration = try HubNetworkConfiguration(json: configuration, source: "nn_config")
        return try Network.load(
            model: model, name: "upload", hub: configuration, runtime: openRuntime(),
            threads: min(configuration.threads, ProcessInfo.processInfo.activeProcessorCount))
    }

    /// Loads a network that a script of the depthai link sent.
    /// - Parameter description: a gen1 blob configuration.
    /// - Throws: `InferenceError`.
    func network(link model: [UInt8], _ description: [UInt8]) throws -> Network {
        let configuration = try BlobConfiguration(json: description, source: "ai")
        return try Network.load(
            model: model, name: "blob", blobConfiguration: configuration, runtime: openRuntime(),
            threads: settings.runtime.threads)
    }

    /// SHA-256 as a manifest writes it.
    static func digest(_ bytes: [UInt8]) -> String {
        HexDigits.of(Digest.sha256.of(bytes))
    }

    /// `face.onnx` may have a manifest `face.json` beside it.
    private func manifest(beside path: String) -> String? {
        let candidate = URL(fileURLWithPath: path).deletingPathExtension().appendingPathExtension("json").path
        return candidate != path && FileManager.default.fileExists(atPath: candidate) ? candidate : nil
    }

    /// ONNX Runtime, opened on first need and kept.
    private func openRuntime() throws -> ONNXRuntime {
        try runtime.withLock { runtime in
            if let runtime { return runtime }
            let opened = try ONNXRuntime.load(path: settings.runtime.onnxRuntime)
            runtime = opened
            return opened
        }
    }
}
