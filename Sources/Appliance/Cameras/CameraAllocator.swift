// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
package import Logging
package import OAK
package import Pipeline
import Synchronization
package import USB

/// Knows what is plugged in, gives cameras to slots, and wakes the slots whose cameras came or went. Nothing here is
/// asked again and again: it works when udev has news.
package final class CameraAllocator: Sendable {
    /// OAK cameras, which have their own way to a slot.
    let fleet: OAKFleet
    private let logger: Logger
    private let probe: @Sendable (String) -> V4L2DeviceReport
    /// The newest list of devices; an older one that was not looked at yet is worth nothing.
    private let news = Mailbox<DeviceRoster>(capacity: 1, onFull: .dropOldest)
    /// Of looking at devices; drivers may take seconds to answer.
    let heartbeat = Heartbeat("cameras", grace: 60_000_000_000)
    private let state = Mutex(State())
    private let running = Mutex<(watcher: DeviceWatcher?, thread: StageThread)?>(nil)

    private struct State {
        var requirements: [CameraRequirement] = []
        var bindings = CameraBindings()
        /// The fleet as the bindings were made for it.
        var fleet = FleetState()
        var probes: [AttachedDevice: PluggedCamera] = [:]
        var hasLooked = false
        /// Slots and fleet are being told of new wishes.
        var isSetting = false
        var supplies: [CameraID: CameraSupply] = [:]
        var wakes: [CameraID: @Sendable () -> Void] = [:]
        var problem = ""
        var onIdle: @Sendable () -> Void = {}
    }

    /// - Parameter probe: asks a video node what it can do.
    package init(
        fleet: OAKFleet, logger: Logger, probe: @escaping @Sendable (String) -> V4L2DeviceReport = { V4L2DeviceReport.of($0) }
    ) {
        self.fleet = fleet
        self.logger = logger
        self.probe = probe
        fleet.setOnChange { [weak self] in self?.fleetChanged() }
    }

    /// Registers what is called, on the scheduler's thread, when there are cameras that no slot wants.
    func setOnIdle(_ closure: @escaping @Sendable () -> Void) {
        state.withLock { $0.onIdle = closure }
    }

    /// The kind of a camera that could be used and is not; nil when there is none.
    var idleKind: CameraSettings.Kind? {
        state.withLock { state in
            guard state.hasLooked, !state.isSetting else { return nil }
            if !state.fleet.idle.isEmpty { return .oak }
            return state.bindings.idle.isEmpty ? nil : .v4l2
        }
    }

    /// Begins to watch. Slots that ask before the first look are told that nothing is known yet.
    func start() {
        let thread = StageThread(name: heartbeat.stage) { [self] in work() }
        fleet.start()
        var watcher: DeviceWatcher?
        do {
            watcher = try DeviceWatcher(
                onTrouble: { [logger] in logger.warning("\($0)") },
                onNews: { [news] in news.offer($0.roster) })
        } catch {
            logger.error("\(error)")
            state.withLock { $0.problem = "\(error)" }
            news.offer(DeviceRoster())
        }
        running.withLock { $0 = (watcher, thread) }
    }

    /// Ends the watching and blocks until the threads have ended.
    func stop() {
        guard let running = running.withLock({ $0 }) else { return }
        running.watcher?.stop()
        news.close()
        running.thread.join()
        fleet.stop()
    }

    /// Takes what the slots want, in the order of the settings, and how each is woken.
    package func set(_ wishes: [(requirement: CameraRequirement, wake: @Sendable () -> Void)]) {
        // Until the fleet knows, too, nobody can say what is idle.
        state.withLock { state in
            state.isSetting = true
            state.wakes = Dictionary(uniqueKeysWithValues: wishes.map { ($0.requirement.slot, $0.wake) })
            state.requirements = wishes.map(\.requirement)
        }
        fleet.set(wishes.compactMap(\.requirement.oak))
        change { $0.isSetting = false }
    }

    /// What a slot may open now.
    package func supply(for slot: CameraID) -> CameraSupply {
        state.withLock { state in
            guard state.hasLooked else { return .unknown }
            let supply = Self.supply(for: slot, state.requirements, state.bindings, state.fleet)
            // Nothing will ever be found: that is the reason to name.
            if case .none = supply, !state.problem.isEmpty { return .none(why: state.problem) }
            return supply
        }
    }

    /// OAK before webcam before demo, for the slots that take any of them.
    static func supply(
        for slot: CameraID, _ requirements: [CameraRequirement], _ bindings: CameraBindings, _ fleet: FleetState
    ) -> CameraSupply {
        let requirement = requirements.first { $0.slot == slot }
        guard let requirement, requirement.oak != nil else { return bindings.supply(for: slot) }
        if let offer = fleet.offer(for: slot) { return .oak(offer) }
        if requirement.places.isEmpty { return .none(why: fleet.explanation(for: slot)) }
        guard case .demo(let why) = bindings.supply(for: slot), why.isEmpty else { return bindings.supply(for: slot) }
        return .demo(why: fleet.hindrance(for: slot))
    }

    /// What is left to wish for of the kernel's cameras when the fleet has given its own.
    static func unserved(_ requirements: [CameraRequirement], _ fleet: FleetState) -> [CameraRequirement] {
        requirements.filter { !$0.places.isEmpty && ($0.oak == nil || fleet.offer(for: $0.slot) == nil) }
    }

    /// Devices that are plugged in, known, and of no use as they are.
    package var devices: [DeviceStatus] { fleet.state.reports(at: .now()).map(DeviceStatus.init) }

    // MARK: On the scheduler's thread

    private func work() {
        while let roster = news.next() { heartbeat.during { take(roster) } }
    }

    /// Looks at a list of devices: asks those that are new what they can do, and gives them out.
    package func take(_ roster: DeviceRoster) {
        fleet.take(roster)
        let known = state.withLock { $0.probes }
        var probes: [AttachedDevice: PluggedCamera] = [:]
        for device in roster.cameras {
            if let camera = known[device] ?? look(at: device) { probes[device] = camera }
        }
        for camera in probes.values where known[camera.device] == nil {
            logger.info(
                "plugged in: \(camera.device.label)\(camera.traits.obstacle.isEmpty ? "" : ", but \(camera.traits.obstacle)")")
        }
        for device in known.keys
        where !roster.devices.contains(where: { $0.id == device.id && $0.incarnation == device.incarnation }) {
            logger.info("unplugged: \(device.label)")
        }
        change { state in
            state.probes = probes
            state.hasLooked = true
            state.bindings.set(Array(probes.values))
        }
        tellIdle()
    }

    private func tellIdle() {
        if idleKind != nil { state.withLock { $0.onIdle }() }
    }

    /// nil for a node that is no camera.
    private func look(at device: AttachedDevice) -> PluggedCamera? {
        let report = probe(device.node)
        if case .ok = report.access, !report.isCapture { return nil }
        return PluggedCamera(device: device, traits: CameraTraits(report))
    }

    /// On any thread: a camera of the fleet came, went, or is another slot's now.
    private func fleetChanged() {
        change { _ in }
        tellIdle()
    }

    /// Changes the bindings and wakes the slots for which that made a difference.
    private func change(_ body: (inout State) -> Void) {
        let wakes = state.withLock { state -> [@Sendable () -> Void] in
            body(&state)
            state.fleet = fleet.state
            state.bindings.set(Self.unserved(state.requirements, state.fleet))
            guard state.hasLooked else { return [] }
            var wakes: [@Sendable () -> Void] = []
            for (slot, wake) in state.wakes {
                let supply = Self.supply(for: slot, state.requirements, state.bindings, state.fleet)
                if state.supplies[slot] != supply { wakes.append(wake) }
                state.supplies[slot] = supply
            }
            return wakes
        }
        for wake in wakes { wake() }
    }
}

extension DeviceStatus {
    init(_ report: FleetReport) {
        self.init(
            name: report.name, usb: report.usb, port: report.port, state: report.word, why: report.problem, remedy: report.remedy)
    }
}
