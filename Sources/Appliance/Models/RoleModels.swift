// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import Settings
import Synchronization
import Tasks

/// The models that fill the roles now: those the settings name, else the store's active ones; with every detector of the
/// store and of the custom folder by its name. What changes on disk is noticed within a second.
final class RoleModels: TaskModels {
    private let settings: Settings
    private let store: ModelStore
    private let customFolder: String
    private let state: Mutex<State>

    private struct State {
        var cache: ModelCache
        var stamps: [Date?]
        var looked: Timestamp
    }

    /// Between two looks at the disk, in nanoseconds.
    private static let interval: Int64 = 1_000_000_000

    init(_ settings: Settings, store: ModelStore, customFolder: String) {
        self.settings = settings
        self.store = store
        self.customFolder = customFolder
        let cache = Self.cache(settings, store: store, customFolder: customFolder, keeping: nil)
        state = Mutex(State(cache: cache, stamps: Self.stamps(store, customFolder), looked: .now()))
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
            let stamps = Self.stamps(store, customFolder)
            guard stamps != state.stamps else { return state.cache }
            state.stamps = stamps
            state.cache = Self.cache(settings, store: store, customFolder: customFolder, keeping: state.cache)
            return state.cache
        }
    }

    /// Looks at the disk with the next question.
    func refresh() {
        state.withLock { state in
            state.stamps = Self.stamps(store, customFolder)
            state.cache = Self.cache(settings, store: store, customFolder: customFolder, keeping: state.cache)
        }
    }

    private static func stamps(_ store: ModelStore, _ folder: String) -> [Date?] {
        [store.modified, (try? FileManager.default.attributesOfItem(atPath: folder))?[.modificationDate] as? Date]
    }

    private static func cache(
        _ settings: Settings, store: ModelStore, customFolder: String, keeping old: ModelCache?
    ) -> ModelCache {
        let models = store.models
        var roles: [ModelRole: ModelFile] = [:]
        for model in models where model.active {
            if let role = ModelRole(rawValue: model.role) { roles[role] = store.file(model) }
        }
        var named = settings.models.roles
        // The embedded demo detector knows nothing but the demo scene: it fills no role.
        if !["demo", "none", ""].contains(settings.models.detection) { named["detection"] = settings.models.detection }
        for (name, model) in named {
            if let role = ModelRole(rawValue: name) { roles[role] = store.file(model) ?? ModelFile(beside: model) }
        }
        var custom = customFiles(customFolder)
        for model in models where model.role == ModelRole.detection.rawValue || model.role == ModelRole.plateDetection.rawValue {
            custom[model.name] = store.file(model)
        }
        let runtime = settings.runtime
        return ModelCache(roles: roles, custom: custom, keeping: old, threads: runtime.threads) {
            () throws(InferenceError) in
            try ONNXRuntime.load(path: runtime.onnxRuntime.isEmpty ? nil : runtime.onnxRuntime)
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
