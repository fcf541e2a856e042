// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import Tasks

/// The model store as the HTTP server sees it.
struct ModelStoreService: ModelService {
    let store: ModelStore
    let storage: StateStorage
    /// In force now.
    let settings: @Sendable () -> ModelSettings
    /// Called when the store has changed.
    let onChange: @Sendable () -> Void

    func list() -> ModelList {
        ModelList(
            models: store.models.map(\.summary), roles: roles,
            catalogue: ModelCatalogue.entries.map {
                .init(
                    name: $0.name, role: $0.role.rawValue, family: $0.family, licence: $0.licence, bytes: $0.bytes,
                    sha256: $0.sha256, source: $0.source, note: $0.note)
            })
    }

    /// Settings go before what is active in the store.
    private var roles: [String: String] {
        let bound = settings().roles
        var roles: [String: String] = [:]
        for role in ModelRole.allCases {
            let active = store.models.first { $0.active && $0.role == role.rawValue }?.name
            roles[role.rawValue] = bound[role] ?? active ?? ""
        }
        return roles
    }

    func inbox() throws(ModelRefusal) -> String {
        do {
            try storage.directory.make()
        } catch {
            throw ModelRefusal(.storage, "the upload cannot be stored: \(error.cause)")
        }
        return storage.directory.file(".upload-\(UUID().uuidString)")
    }

    func install(_ upload: ModelUpload) async throws(ModelRefusal) -> ModelSummary {
        let store = store
        let outcome = await BlockingThread.run("model install") {
            Result { () throws(ModelStoreError) in
                try store.install(
                    upload.path, name: upload.name, role: upload.role, sha256: upload.sha256, manifest: upload.manifest,
                    data: .uploaded(upload.data), shownName: "the model")
            }
        }
        return try changing { () throws(ModelStoreError) in try outcome.get().summary }
    }

    func remove(_ name: String) throws(ModelRefusal) {
        try changing { () throws(ModelStoreError) in try store.remove(name) }
    }

    func activate(_ name: String) throws(ModelRefusal) -> ModelSummary {
        if let model = store.models.first(where: { $0.name == name }), let role = ModelRole(rawValue: model.role),
            let bound = settings().roles[role]
        {
            throw ModelRefusal(.taken, "the settings bind models.\(model.role) to \(bound); remove that line first")
        }
        return try changing { () throws(ModelStoreError) in try store.activate(name).summary }
    }

    private func changing<Result>(_ body: () throws(ModelStoreError) -> Result) throws(ModelRefusal) -> Result {
        do throws(ModelStoreError) {
            let result = try body()
            onChange()
            return result
        } catch {
            throw ModelRefusal(error)
        }
    }
}

extension ModelStore.Model {
    fileprivate var summary: ModelSummary {
        ModelSummary(name: name, role: role, bytes: bytes, sha256: sha256, active: active)
    }
}

extension ModelRefusal {
    fileprivate init(_ error: ModelStoreError) {
        let words = error.description.withoutFolders
        switch error {
        case .unknown: self.init(.unknown, words)
        case .taken: self.init(.taken, words)
        case .files: self.init(.storage, words)
        case .name, .notAModel, .role: self.init(.bad, words)
        }
    }
}
