// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import Logging
import OAK
public import Pipeline
import Settings
import Synchronization

/// The cameras of the box: made from the settings, changed by a reload, seen through the servers.
public final class ApplianceController: ApplianceService, Sendable {
    private let logger: Logger
    private let started = Timestamp.now()
    private let allocator: CameraAllocator
    private let accelerator: OAKAccelerator
    private let storage: StateStorage
    private let slotStorage: SlotStorage
    private let welcomeState: WelcomeState
    private let state: Mutex<State>

    private struct State {
        var settings: ApplianceSettings
        var slots: [CameraSlot]
        var publishers: @Sendable () -> [PublisherStatus] = { [] }
        var live: (status: @Sendable () -> LiveStatus, heartbeats: @Sendable () -> [Heartbeat])?
        /// What no support bundle may show, former settings' secrets included: the log still knows them.
        var secrets: [String: String] = [:]
        /// Ports that are open, by server.
        var ports: [String: Int] = [:]
        /// While slots are exchanged none are added.
        var isReloading = false
    }

    /// So many cameras does a box show whose settings name none; more need settings.
    private static let automaticSlots = 4

    /// Makes the slots; nothing runs until `start`.
    init(_ settings: ApplianceSettings, storage: StateStorage, logger: Logger) {
        self.logger = logger
        self.storage = storage
        let slotStorage = SlotStorage(storage)
        let allocator = CameraAllocator(fleet: OAKFleet(firmware: slotStorage.firmware, logger: logger), logger: logger)
        self.allocator = allocator
        let accelerator = OAKAccelerator(fleet: allocator.fleet, logger: logger)
        self.accelerator = accelerator
        self.slotStorage = slotStorage
        welcomeState = WelcomeState(storage, settings)
        let none = Old(settings: settings, slots: [])
        state = Mutex(
            State(
                settings: settings,
                slots: ApplianceController.slots(
                    settings, old: none, accelerator: accelerator, allocator: allocator, storage: slotStorage, logger: logger
                ).slots,
                secrets: settings.record.secrets))
    }

    /// What cameras reported about their crashes.
    var crashDumps: CrashDumpFolder { slotStorage.crashDumps }

    /// Begins to watch for cameras and starts all slots.
    public func start() {
        let slots = state.withLock { $0.slots }
        publishRequirements(of: slots)
        allocator.setOnIdle { [weak self] in self?.grow() }
        allocator.start()
        for slot in slots { slot.start() }
    }

    /// Stops all cameras, side by side, and returns when their threads have ended.
    public func stop() async {
        // Networks that wait for it go on at once.
        accelerator.stop()
        await ApplianceController.stop(state.withLock { $0.slots })
        await BlockingThread.run("cameras stop") { [accelerator, allocator] in
            accelerator.join()
            allocator.stop()
        }
    }

    /// Of everything that works for a camera or for its viewers now.
    var heartbeats: [Heartbeat] {
        let (slots, live) = state.withLock { ($0.slots, $0.live) }
        return [allocator.heartbeat] + slots.flatMap(\.heartbeats) + (live?.heartbeats() ?? [])
    }

    /// How the box is, in one line.
    var summary: String {
        let cameras = self.cameras.map { $0.status() }
        let count = { (state: CameraState) in cameras.count { $0.state == state } }
        let states = [CameraState.running, .starting, .found, .finished, .absent, .lost, .refused]
        let parts = states.compactMap { count($0) == 0 ? nil : "\(count($0)) \($0.rawValue)" }
        return parts.isEmpty ? "no cameras" : "cameras: \(parts.joined(separator: ", "))"
    }

    /// What is in force.
    var settings: ApplianceSettings { state.withLock { $0.settings } }

    var secrets: [String: String] { state.withLock { $0.secrets } }

    /// A server is open on that port; nil for one that is closed.
    func opened(_ server: String, port: Int?) {
        state.withLock { $0.ports[server] = port }
    }

    /// What the status light is to show.
    /// - Parameters:
    ///   - isOpen: all servers are.
    ///   - hangs: whether a part of the daemon does.
    func light(isOpen: Bool, hangs: Bool) -> LightPattern {
        let slots = state.withLock { $0.slots }
        return .of(
            slots.map(\.glance), isOpen: isOpen, isDisturbed: hangs || !allocator.devices.isEmpty || !storage.problems.isEmpty)
    }

    /// To be called every few seconds: a camera that delivers ends the greeting.
    func observe() {
        guard welcomeState.isDue, state.withLock({ $0.slots }).contains(where: \.seesWithCamera) else { return }
        welcomeState.end(.camera)
    }

    /// Cameras that wait for firmware need not wait for their next try.
    func firmwareArrived() {
        allocator.fleet.firmwareArrived()
        for slot in state.withLock({ $0.slots }) { slot.firmwareArrived() }
    }

    private func publishRequirements(of slots: [CameraSlot]) {
        allocator.set(slots.compactMap { slot in slot.requirement.map { ($0, { [weak slot] in slot?.wake() }) } })
    }

    /// Gives `status` the publishers' own.
    func setPublishers(_ statuses: @escaping @Sendable () -> [PublisherStatus]) {
        state.withLock { $0.publishers = statuses }
    }

    /// Lets `status` tell of the live streams, and the watchdog look at them.
    func setLive(status: @escaping @Sendable () -> LiveStatus, heartbeats: @escaping @Sendable () -> [Heartbeat]) {
        state.withLock { $0.live = (status, heartbeats) }
    }

    /// Puts new settings in force, section by section. Cameras whose settings are the same go on undisturbed; what cannot be
    /// changed now stays as it was, and is said.
    /// - Parameter live: the sections that take effect without a restart, beside `cameras`.
    /// - Returns: what became of every changed key, for the log; empty when nothing differs from what is in force.
    func reload(_ wanted: ApplianceSettings, live: [LiveSection]) async -> [String] {
        let old = state.withLock { state in
            state.isReloading = true
            return Old(settings: state.settings, slots: state.slots)
        }
        defer {
            state.withLock { $0.isReloading = false }
            grow()
        }
        let changes = old.settings.changes(to: wanted)
        guard !changes.isEmpty else { return [] }
        let (settings, report) = await ApplianceController.apply(changes, of: wanted, to: old.settings, live)
        welcomeState.take(wanted)
        return report + (await exchangeSlots(settings, old, secrets: wanted.record.secrets))
    }

    /// Has one changed section after the other applied.
    /// - Returns: what is in force then, and a line for each section.
    private static func apply(
        _ changes: [ApplianceSettings.SectionChange], of wanted: ApplianceSettings, to old: ApplianceSettings,
        _ live: [LiveSection]
    ) async -> (ApplianceSettings, report: [String]) {
        var (settings, report) = (old, [String]())
        settings.file = wanted.file
        for change in changes {
            var next = settings
            next.take(change.section, from: wanted)
            let section = live.first { $0.name == change.section }
            guard section != nil || change.section == "cameras" else {
                report.append("\(change) changed: restart depthd to apply the \(change.section) settings")
                continue
            }
            do {
                try await section?.apply(next)
                settings = next
                report.append("\(change) applied")
            } catch {
                report.append("\(change) not applied, the old \(change.section) settings stay: \(error)")
            }
        }
        return (settings, report)
    }

    /// Ends the slots whose cameras are gone or changed and starts their successors.
    private func exchangeSlots(_ settings: ApplianceSettings, _ old: Old, secrets: [String: String]) async -> [String] {
        let next = ApplianceController.slots(
            settings, old: old, accelerator: accelerator, allocator: allocator, storage: slotStorage, logger: logger)
        let removed = old.slots.filter { slot in !next.slots.contains { $0 === slot } }
        state.withLock { state in
            state.settings = settings
            state.secrets.merge(secrets) { $1 }
            state.slots = next.slots
        }
        await ApplianceController.stop(removed)
        // Only now are their cameras free for others.
        publishRequirements(of: next.slots)
        for slot in removed where !next.slots.contains(where: { $0.hub === slot.hub }) { slot.hub.close() }
        for slot in next.fresh { slot.start() }
        return removed.map { "camera \($0.id) stopped" } + next.fresh.map { "camera \($0.id) started" }
    }

    /// What was in force before a reload.
    private struct Old {
        var settings: ApplianceSettings
        var slots: [CameraSlot]
    }

    /// Slots for the settings: those of unchanged cameras are kept; a changed camera's new slot takes over its hub.
    private static func slots(
        _ settings: ApplianceSettings, old: Old, accelerator: OAKAccelerator, allocator: CameraAllocator,
        storage: SlotStorage, logger: Logger
    ) -> (slots: [CameraSlot], fresh: [CameraSlot]) {
        let sameModels = old.settings.models.detection == settings.models.detection && old.settings.runtime == settings.runtime
        let models = ModelLoader(settings, accelerator: accelerator)
        var slots: [CameraSlot] = []
        var fresh: [CameraSlot] = []
        for camera in settings.cameras {
            let former = old.slots.first { $0.id == camera.id }
            if let former, sameModels, old.settings.cameras.contains(camera) {
                slots.append(former)
            } else {
                let slot = CameraSlot(
                    camera, former: former, models: models, allocator: allocator, storage: storage, logger: logger)
                slots.append(slot)
                fresh.append(slot)
            }
        }
        if settings.isAutomatic, old.settings.isAutomatic, sameModels { slots += old.slots.filter(\.isOptional) }
        return (slots, fresh)
    }

    /// A box whose settings name no cameras makes a slot for each further camera that is plugged in. Slots stay when their
    /// camera goes, as their subscribers do.
    private func grow() {
        while let kind = allocator.idleKind {
            let grown = state.withLock { state -> (slots: [CameraSlot], fresh: CameraSlot)? in
                let number = state.slots.count + 1
                guard state.settings.isAutomatic, !state.isReloading, number <= Self.automaticSlots,
                    let camera = try? CameraSettings.automatic(number: number, kind)
                else { return nil }
                let slot = CameraSlot(
                    camera, former: nil, isOptional: true, models: ModelLoader(state.settings, accelerator: accelerator),
                    allocator: allocator, storage: slotStorage, logger: logger)
                state.slots.append(slot)
                return (state.slots, slot)
            }
            guard let grown else { return }
            publishRequirements(of: grown.slots)
            grown.fresh.start()
        }
    }

    private static func stop(_ slots: [CameraSlot]) async {
        await withTaskGroup(of: Void.self) { group in
            for slot in slots { group.addTask { await BlockingThread.run("\(slot.id) stop") { slot.stop() } } }
        }
    }

    // MARK: ApplianceService

    public var cameras: [any CameraService] {
        state.withLock { $0.slots }
    }

    public func status() -> ApplianceStatus {
        let state = self.state.withLock { $0 }
        let cameras = state.slots.map { $0.status() }
        let needless = Set(state.slots.filter(\.isOptional).map(\.id.name))
        let troubles = cameras.filter {
            if needless.contains($0.id), [.absent, .lost].contains($0.state), $0.devices.isEmpty { return false }
            return ($0.state != .running && $0.state != .finished) || !$0.why.isEmpty && $0.state == .running
        }
        let devices = allocator.devices
        let keeping = storage.problems
        let host = HostName.current
        var status = ApplianceStatus(
            version: Version.current, uptimeSeconds: Double(Timestamp.now().nanoseconds(since: started)) / 1e9,
            time: Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), host: host,
            health: troubles.isEmpty && devices.isEmpty && keeping.isEmpty ? "ok" : "degraded",
            why: troubles.map { "\($0.id): \($0.why.isEmpty ? $0.state.rawValue : $0.why)" }
                + devices.map { "\($0.name): \($0.why); \($0.remedy)" } + keeping.map { "state: \($0)" },
            system: SystemMonitor.sample(), cameras: cameras)
        (status.devices, status.publishers, status.live) = (devices, state.publishers(), state.live?.status())
        status.welcome = welcomeState.isDue ? welcome(state, host: host) : nil
        return status
    }

    private func welcome(_ state: State, host: String) -> WelcomeStatus {
        let port = state.ports["http"] ?? state.settings.http.port
        return WelcomeStatus(
            dashboards: OwnAddresses.dashboards(host: state.settings.http.host, port: port, name: host), ports: state.ports,
            settings: state.settings.file, card: Self.card)
    }

    /// What the image for Raspberry Pis reads from its card. Only root may look at the card, so the reader is looked for.
    private static let card: String? =
        FileManager.default.fileExists(atPath: "/usr/lib/box/configure") ? "/boot/firmware/box.txt" : nil

    public func dismissWelcome() {
        welcomeState.end(.dismissed)
    }
}
