// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Pipeline
import Settings
import Tasks

/// Builds what answers below `/v1/` from the settings.
struct TaskServer: Sendable {
    let scheduler: TaskScheduler
    let models: RoleModels
    let store: ModelStore
    let parts: CodeProjectParts

    private static let maximumModules = 1 << 20
    private static let maximumFaces = 128 << 20

    init(_ settings: Settings, storage: StateStorage, store: ModelStore, log: LogBook) {
        let codeProject = settings.codeProject
        let customFolder =
            codeProject.customModels.isEmpty ? storage.directory.file("custom-models") : codeProject.customModels
        let modules = ModuleSettings(file: storage.document("modules.json", maximumBytes: Self.maximumModules))
        let faces = FaceStore(file: storage.document("faces.sqlite", maximumBytes: Self.maximumFaces))
        self.store = store
        models = RoleModels(settings, store: store, customFolder: customFolder)
        let options = TaskOptions(maximumPredictions: codeProject.maximumPredictions)
        scheduler = TaskScheduler(
            table: .standard(models: models, faces: faces, options: options), modules: modules,
            configuration: .init(
                workers: codeProject.workers, capacity: codeProject.capacity,
                capacityPerClient: max(1, codeProject.capacity * 3 / 4)))
        parts = CodeProjectParts(
            scheduler: scheduler, modules: modules, log: log, version: Version.current,
            patience: .seconds(codeProject.timeoutSeconds),
            deepStack: codeProject.deepStack ? .init(apiKey: codeProject.apiKey) : nil,
            allowedOrigins: codeProject.allowedOrigins)
    }
}
