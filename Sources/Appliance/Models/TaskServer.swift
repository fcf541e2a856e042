// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Logging
import Pipeline
import Settings
import Tasks

/// Builds what answers below `/v1/` from the settings.
struct TaskServer: Sendable {
    let scheduler: TaskScheduler
    let models: RoleModels
    let store: ModelStore
    let parts: CodeProjectParts

    /// - Throws: `SettingsError` when the state directory of the settings cannot be used.
    init(_ settings: Settings, state: StateDirectory, store: ModelStore, log: LogBook, logger: Logger) throws(SettingsError) {
        let codeProject = settings.codeProject
        let isKept = try Self.make(state, settings, logger)
        let customFolder = codeProject.customModels.isEmpty ? state.file("custom-models") : codeProject.customModels
        let modules: ModuleSettings
        let faces: FaceStore
        do {
            modules = try ModuleSettings(path: isKept ? state.file("modules.json") : nil)
            faces = try FaceStore(path: isKept ? state.file("faces.sqlite") : nil)
        } catch {
            throw SettingsError(document: "settings", path: "state.directory", problem: "\(error)")
        }
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

    /// A directory the owner has named must be usable; without the customary one the box forgets faces and says so.
    private static func make(_ state: StateDirectory, _ settings: Settings, _ logger: Logger) throws(SettingsError) -> Bool {
        do {
            try state.make()
            return true
        } catch {
            guard settings.state.directory.isEmpty else {
                throw SettingsError(document: "settings", path: "state.directory", problem: error.description)
            }
            logger.warning("\(error); faces and module settings are forgotten when the daemon ends")
            return false
        }
    }
}
