// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
package import Logging
package import Pipeline
import Synchronization
package import USB

/// Knows what is plugged in, gives cameras to slots, and wakes the slots whose cameras came or went. Nothing here is
/// asked again and again: it works when udev has news.
package final class CameraAllocator: Sendable {
    private let logger: Logger
    private let probe: @Sendable (String) -> V4L2DeviceReport
    /// The newest list of devices; an older one that was not looked at yet is worth nothing.
    private let news = Mailbox<DeviceRoster>(capacity: 1, onFull: .dropOldest)
    /// Of looking at devices; drivers may take seconds to answer.
    let heartbeat = Heartbeat("cameras", grace: 60_000_000_000)
    private let state = Mutex(State())
    private let running = Mutex<(watcher: DeviceWatcher?, thread: StageThread)?>(nil)

    private struct State {
        var bindings = CameraBindings()
        var movidius = MovidiusMonitor()
        var probes: [AttachedDevice: PluggedCamera] = [:]
        var hasLooked = false
        var supplies: [CameraID: CameraSupply] = [:]
        var wakes: [CameraID: @Sendable () -> Void] = [:]
        var problem = ""
        var onIdle: @Sendable () -> Void = {}
    }

    /// - Parameter probe: asks a video node what it can do.
    package init(logger: Logger, probe: @escaping @Sendable (String) -> V4L2DeviceReport = { V4L2DeviceReport.of($0) }) {
        self.logger = logger
        self.probe = probe
    }

    /// Registers what is called, on the scheduler's thread, when there are cameras that no slot wants.
    func setOnIdle(_ closure: @escaping @Sendable () -> Void) {
        state.withLock { $0.onIdle = closure }
    }

    /// How many cameras could be used and are not.
    var idleCount: Int { state.withLock { $0.hasLooked ? $0.bindings.idle.count : 0 } }

    /// Begins to watch. Slots that ask before the first look are told that nothing is known yet.
    func start() {
        let thread = StageThread(name: heartbeat.stage) { [self] in work() }
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
    }

    /// Takes what the slots want, in the order of the settings, and how each is woken.
    package func set(_ wishes: [(requirement: CameraRequirement, wake: @Sendable () -> Void)]) {
        change { state in
            state.wakes = Dictionary(uniqueKeysWithValues: wishes.map { ($0.requirement.slot, $0.wake) })
            state.bindings.set(wishes.map(\.requirement))
        }
    }

    /// What a slot may open now.
    package func supply(for slot: CameraID) -> CameraSupply {
        state.withLock { state in
            guard state.hasLooked else { return .unknown }
            let supply = state.bindings.supply(for: slot)
            // Nothing will ever be found: that is the reason to name.
            if case .none = supply, !state.problem.isEmpty { return .none(why: state.problem) }
            return supply
        }
    }

    /// Devices that are plugged in, known, and of no use as they are.
    package var devices: [DeviceStatus] { state.withLock { $0.movidius.statuses } }

    // MARK: On the scheduler's thread

    private func work() {
        var latest: DeviceRoster?
        while true {
            let deadline = state.withLock { $0.movidius.deadline }
            if let roster = news.next(until: deadline) {
                latest = roster
                heartbeat.during { take(roster) }
            } else if let deadline, Timestamp.now() >= deadline {
                heartbeat.during { report(latest?.movidius ?? []) }
            } else {
                return
            }
        }
    }

    /// Looks at a list of devices: asks those that are new what they can do, and gives them out.
    package func take(_ roster: DeviceRoster) {
        report(roster.movidius)
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
        if idleCount > 0 { state.withLock { $0.onIdle }() }
    }

    /// nil for a node that is no camera.
    private func look(at device: AttachedDevice) -> PluggedCamera? {
        let report = probe(device.node)
        if case .ok = report.access, !report.isCapture { return nil }
        return PluggedCamera(device: device, traits: CameraTraits(report))
    }

    private func report(_ movidius: [AttachedDevice]) {
        let reports = state.withLock { $0.movidius.observe(movidius, at: .now()) }
        for report in reports where report.state != .absent { logger.warning("\(report.problem): \(report.remedy)") }
    }

    /// Changes the bindings and wakes the slots for which that made a difference.
    private func change(_ body: (inout State) -> Void) {
        let wakes = state.withLock { state -> [@Sendable () -> Void] in
            body(&state)
            guard state.hasLooked else { return [] }
            var wakes: [@Sendable () -> Void] = []
            for (slot, wake) in state.wakes {
                let supply = state.bindings.supply(for: slot)
                if state.supplies[slot] != supply { wakes.append(wake) }
                state.supplies[slot] = supply
            }
            return wakes
        }
        for wake in wakes { wake() }
    }
}
