// SPDX-License-Identifier: Apache-2.0
internal import Core
public import Inference
import Synchronization

/// A model file bound to a role or a name.
public struct ModelFile: Sendable, Hashable {
    /// An ONNX file.
    public var path: String
    /// nil when the role tells enough about the file.
    public var manifestPath: String?
    /// See `TaskModel.identity`; the file's SHA-256 is a good one.
    public var identity: String

    public init(path: String, manifestPath: String? = nil, identity: String? = nil) {
        self.path = path
        self.manifestPath = manifestPath
        self.identity = identity ?? path
    }
}

/// Models that are loaded from files on first use and then kept. To change a binding make a new cache.
public final class ModelCache: TaskModels {
    private let roles: [ModelRole: Slot]
    private let customs: [String: Slot]
    public let customNames: [String]

    /// One file, loaded at most once at a time.
    private final class Slot: Sendable {
        let file: ModelFile
        let role: ModelRole
        private let loaded = Mutex<TaskModel?>(nil)

        init(file: ModelFile, role: ModelRole) {
            self.file = file
            self.role = role
        }

        func model(_ runtime: () throws(InferenceError) -> ONNXRuntime, threads: Int) throws(TaskError) -> TaskModel {
            try loaded.withLock { (loaded) throws(TaskError) -> TaskModel in
                if let loaded { return loaded }
                do {
                    let network = try Network.load(
                        modelPath: file.path, manifestPath: file.manifestPath, runtime: runtime(), threads: threads,
                        recognising: role.recognise)
                    let fresh = TaskModel(identity: file.identity, network: network)
                    loaded = fresh
                    return fresh
                } catch {
                    let folder = file.path.prefix(through: file.path.lastIndex(of: "/") ?? file.path.startIndex)
                    throw .network("\(error)".replacing(folder, with: "").withoutFolders)
                }
            }
        }
    }

    private let runtime: @Sendable () throws(InferenceError) -> ONNXRuntime
    private let threads: Int

    /// - Parameters:
    ///   - custom: detectors for `vision/custom/{model}`, by name.
    ///   - old: a cache whose loaded models are kept where their file and role are the same.
    ///   - runtime: called when a model is loaded.
    ///   - threads: for one run of a network.
    public init(
        roles: [ModelRole: ModelFile], custom: [String: ModelFile] = [:], keeping old: ModelCache? = nil, threads: Int,
        runtime: @escaping @Sendable () throws(InferenceError) -> ONNXRuntime
    ) {
        let known = old.map { Array($0.roles.values) + Array($0.customs.values) } ?? []
        func slot(_ file: ModelFile, _ role: ModelRole) -> Slot {
            known.first { $0.file == file && $0.role == role } ?? Slot(file: file, role: role)
        }
        self.roles = Dictionary(uniqueKeysWithValues: roles.map { ($0, slot($1, $0)) })
        customs = custom.mapValues { slot($0, .detection) }
        customNames = custom.keys.sorted()
        self.threads = threads
        self.runtime = runtime
    }

    public func isInstalled(_ role: ModelRole) -> Bool { roles[role] != nil }

    public func model(_ role: ModelRole) throws(TaskError) -> TaskModel {
        guard let slot = roles[role] else { throw .notInstalled(role) }
        return try slot.model(runtime, threads: threads)
    }

    public func custom(_ name: String) throws(TaskError) -> TaskModel {
        // The original's file system decides about case; here names are the same in any.
        let slot = customs[name] ?? customs.first { $0.key.lowercased() == name.lowercased() }?.value
        guard let slot else {
            throw .notInstalled(
                what: "the custom model \"\(name.prefix(64))\"",
                remedy: "installed are: \(customNames.isEmpty ? "none" : customNames.joined(separator: ", "))")
        }
        return try slot.model(runtime, threads: threads)
    }
}
