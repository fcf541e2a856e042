// SPDX-License-Identifier: Apache-2.0
import API
import Core
import ServiceLifecycle
import Synchronization
import Tasks

/// What answers below `/v1/`: there while the settings want it, and as they want it.
///
/// As a service it ends with the daemon: requests that wait are answered then.
final class TaskServer: Service {
    private let storage: StateStorage
    private let store: ModelStore
    private let log: LogBook
    private let state: Mutex<State>

    private struct State {
        /// Made for the first settings that want it and kept: what clients have taught is not read twice.
        var memory: Memory?
        var options = TaskOptions()
        /// nil while the settings want none.
        var parts: CodeProjectParts?
    }

    private struct Memory {
        var modules: ModuleSettings
        var faces: FaceStore
        var models: RoleModels
    }

    private static let maximumModules = 1 << 20
    private static let maximumFaces = 128 << 20

    init(_ settings: ApplianceSettings, storage: StateStorage, store: ModelStore, log: LogBook) {
        (self.storage, self.store, self.log) = (storage, store, log)
        state = Mutex(State())
        apply(settings)
    }

    /// What is in force; nil for nothing.
    var parts: CodeProjectParts? { state.withLock { $0.parts } }

    /// Puts other settings in force with the next request. Requests under way are answered; those that wait are turned away
    /// where the settings ask for other workers or another queue.
    func apply(_ settings: ApplianceSettings) {
        let former = state.withLock { state -> TaskScheduler? in
            let old = state.parts?.scheduler
            guard settings.codeProject.enabled else {
                state.parts = nil
                return old
            }
            let memory = state.memory ?? remember(settings)
            memory.models.apply(settings)
            state.memory = memory
            let parts = makeParts(settings.codeProject, memory, &state)
            state.parts = parts
            return parts.scheduler === old ? nil : old
        }
        // A request under way may take long; nobody waits for it.
        if let former { _ = StageThread(name: "task scheduler close") { former.close() } }
    }

    /// Looks at the model store with the next request.
    func refreshModels() {
        state.withLock { $0.memory?.models.refresh() }
    }

    private func remember(_ settings: ApplianceSettings) -> Memory {
        Memory(
            modules: ModuleSettings(file: storage.document("modules.json", maximumBytes: Self.maximumModules)),
            faces: FaceStore(file: storage.document("faces.sqlite", maximumBytes: Self.maximumFaces)),
            models: RoleModels(settings, store: store, customFolder: storage.directory.file("custom-models")))
    }

    private func makeParts(_ settings: CodeProjectSettings, _ memory: Memory, _ state: inout State) -> CodeProjectParts {
        let configuration = TaskScheduler.Configuration(
            workers: settings.workers, capacity: settings.capacity, capacityPerClient: max(1, settings.capacity * 3 / 4))
        let options = TaskOptions(maximumPredictions: settings.maximumPredictions)
        var scheduler = state.parts?.scheduler
        if scheduler?.configuration != configuration || state.options != options { scheduler = nil }
        state.options = options
        let running =
            scheduler
            ?? TaskScheduler(
                table: .standard(models: memory.models, faces: memory.faces, options: options), modules: memory.modules,
                configuration: configuration)
        var parts =
            state.parts
            ?? CodeProjectParts(scheduler: running, modules: memory.modules, log: log, version: Version.current)
        parts.scheduler = running
        (parts.patience, parts.deepStack) = (settings.patience, settings.deepStack)
        parts.allowedOrigins = settings.allowedOrigins
        return parts
    }

    func run() async throws {
        try? await gracefulShutdown()
        guard let scheduler = parts?.scheduler else { return }
        // A request under way may take longer than the daemon has: then it is not waited for.
        let closed = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
        _ = StageThread(name: "task scheduler close") {
            scheduler.close()
            closed.offer(())
        }
        _ = await closed.receive()
    }
}
