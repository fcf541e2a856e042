// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import Inference
import Synchronization
import Tasks

/// The models that fill the roles now: those the settings name, else the store's active ones; with every detector of the
/// store and of the custom folder by its name. What changes on disk is noticed within a second.
final class RoleModels: TaskModels {
    private let store: ModelStore
    private let customFolder: String
    private let state: Mutex<State>

    private struct State {
        var binding: Binding
        var cache: ModelCache
        var stamps: [Date?]
        var looked: Timestamp
    }

    /// What the settings say of models.
    private struct Binding: Hashable {
        var models: ModelSettings
        var runtime: RuntimeSettings
        var customFolder: String

        init(_ settings: ApplianceSettings, customFolder: String) {
            (models, runtime) = (settings.models, settings.runtime)
            let own = settings.codeProject.customModels
            self.customFolder = own.isEmpty ? customFolder : own
        }
    }

    /// Between two looks at the disk, in nanoseconds.
    private static let interval: Int64 = 1_000_000_000

    /// - Parameter customFolder: for settings that name none.
    init(_ settings: ApplianceSettings, store: ModelStore, customFolder: String) {
        (self.store, self.customFolder) = (store, customFolder)
        let binding = Binding(settings, customFolder: customFolder)
        state = Mutex(
            State(
                binding: binding, cache: Self.cache(binding, store, keeping: nil), stamps: Self.stamps(store, binding),
                looked: .now()))
    }

    /// Puts other settings in force with the next question. Networks that are loaded stay, unless they run otherwise now.
    func apply(_ settings: ApplianceSettings) {
        let next = Binding(settings, customFolder: customFolder)
        state.withLock { state in
            guard next != state.binding else { return }
            let old = next.runtime == state.binding.runtime ? state.cache : nil
            state.binding = next
            state.stamps = Self.stamps(store, next)
            state.cache = Self.cache(next, store, keeping: old)
        }
    }

    func isInstalled(_ role: ModelRole) -> Bool { cache.isInstalled(role) }
    func model(_ role: ModelRole) throws(TaskError) -> TaskModel { try cache.model(role) }
    var customNames: [String] { cache.customNames }
    func custom(_ name: String) throws(TaskError) -> TaskModel { try cache.custom(name) }

    /// The models in force. Two `stat` calls a second, at most.
    private var cache: ModelCache {
        state.withLock { state in
            let now = Timestamp.now()
            guard now.nanoseconds(since: state.looked) >= Self.interval else { return state.cache }
            state.looked = now
            let stamps = Self.stamps(store, state.binding)
            guard stamps != state.stamps else { return state.cache }
            state.stamps = stamps
            state.cache = Self.cache(state.binding, store, keeping: state.cache)
            return state.cache
        }
    }

    /// Looks at the disk with the next question.
    func refresh() {
        state.withLock { state in
            state.stamps = Self.stamps(store, state.binding)
            state.cache = Self.cache(state.binding, store, keeping: state.cache)
        }
    }

    private static func stamps(_ store: ModelStore, _ binding: Binding) -> [Date?] {
        let folder = try? FileManager.default.attributesOfItem(atPath: binding.customFolder)
        return [store.modified, folder?[.modificationDate] as? Date]
    }

    private static func cache(_ binding: Binding, _ store: ModelStore, keeping old: ModelCache?) -> ModelCache {
        let models = store.models
        var roles: [ModelRole: ModelFile] = [:]
        for model in models where model.active {
            if let role = ModelRole(rawValue: model.role) { roles[role] = store.file(model) }
        }
        for (role, model) in binding.models.roles { roles[role] = store.file(model) ?? ModelFile(beside: model) }
        var custom = customFiles(binding.customFolder)
        for model in models where model.role == ModelRole.detection.rawValue || model.role == ModelRole.plateDetection.rawValue {
            custom[model.name] = store.file(model)
        }
        let runtime = binding.runtime
        return ModelCache(roles: roles, custom: custom, keeping: old, threads: runtime.threads) {
            () throws(InferenceError) in
            try ONNXRuntime.load(path: runtime.onnxRuntime)
        }
    }

    /// Every ONNX file of the folder by its name, without those of the original's standard models.
    private static func customFiles(_ folder: String) -> [String: ModelFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var files: [String: ModelFile] = [:]
        for name in names.sorted() where name.hasSuffix(".onnx") && !name.hasPrefix(".") && !name.hasPrefix("yolov5") {
            files[String(name.dropLast(5))] = ModelFile(beside: "\(folder)/\(name)")
        }
        return files
    }
}

extension ModelFile {
    /// A file with the manifest that lies beside it, if one does.
    init(beside path: String) {
        let manifest = URL(fileURLWithPath: path).deletingPathExtension().appendingPathExtension("json").path
        let exists = manifest != path && FileManager.default.fileExists(atPath: manifest)
        self.init(path: path, manifestPath: exists ? manifest : nil)
    }
}
