// SPDX-License-Identifier: Apache-2.0
public import Core
import Glibc
public import Logging
import Synchronization
public import USB

/// All OAK cameras of the box, on USB and in the network: knows each through all that it is while it boots, gives it to one slot, and
/// boots it for that slot. `FleetState` decides; here is what blocks.
///
/// Cameras on USB are never asked for: udev's news wake whoever waits. A thread of its own waits for deadlines and, where slots that
/// can show something else name a camera in the network, looks for it there.
public final class OAKFleet: Sendable {
    let opener: any USBOpener
    let firmware: any FirmwareSource
    let finder: DeviceFinder
    let logger: Logger
    private let mayOpen: @Sendable (AttachedDevice) -> Bool
    private let shared: Mutex<Shared>
    private let kicks = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
    private let stopSignal = StopSignal()
    private let thread = Mutex<StageThread?>(nil)

    private struct Shared {
        var state: FleetState
        var waiters: [ObjectIdentifier: Mailbox<Void>] = [:]
        var onChange: @Sendable () -> Void = {}
        var told: [Int: FleetReport] = [:]

        /// What is new since the last call.
        mutating func news(at now: Timestamp) -> News {
            let reports = state.reports(at: now)
            let fresh = reports.filter { told[$0.number] != $0 }
            told = Dictionary(uniqueKeysWithValues: reports.map { ($0.number, $0) })
            return News(reports: fresh, waiters: Array(waiters.values), onChange: onChange)
        }
    }

    /// A change, for all whom it concerns.
    private struct News: Sendable {
        let reports: [FleetReport]
        let waiters: [Mailbox<Void>]
        let onChange: @Sendable () -> Void
    }

    /// How often files are looked at that are missing: firmware, permissions. Nothing tells when they come.
    private static let lookInterval: Int64 = 5_000_000_000
    private static let searchInterval: Int64 = 10_000_000_000

    /// Whether this user may open a device; one that is gone is no matter of permission.
    public static let mayOpen: @Sendable (AttachedDevice) -> Bool = { access($0.node, R_OK | W_OK) == 0 || errno != EACCES }

    /// Nothing runs until `start`.
    /// - Parameters:
    ///   - mayOpen: whether this user may open a device.
    public init(
        firmware: any FirmwareSource, opener: any USBOpener = USBFSOpener(), finder: DeviceFinder = DeviceFinder(),
        logger: Logger, mayOpen: @escaping @Sendable (AttachedDevice) -> Bool = OAKFleet.mayOpen
    ) {
        (self.firmware, self.opener, self.finder, self.logger) = (firmware, opener, finder, logger)
        self.mayOpen = mayOpen
        shared = Mutex(Shared(state: FleetState(hasFirmware: firmware.isImported)))
    }

    /// Registers what is called, on any thread, when something has changed.
    package func setOnChange(_ closure: @escaping @Sendable () -> Void) { shared.withLock { $0.onChange = closure } }

    /// Starts the fleet's thread.
    public func start() {
        thread.withLock { $0 = StageThread(name: "oak fleet") { [self] in watch() } }
    }

    /// Ends it, and blocks until it has ended. Never call from a Swift task.
    public func stop() {
        stopSignal.stop()
        kicks.close()
        thread.withLock { $0 }?.join()
    }

    /// Takes what is plugged in.
    public func take(_ roster: DeviceRoster) {
        let hasFirmware = firmware.isImported
        change { state, now in
            state.hasFirmware = hasFirmware
            state.take(roster.movidius, mayOpen: mayOpen, at: now)
        }
    }

    /// Firmware was imported: cameras that wait for it need not wait until it is looked for again.
    public func firmwareArrived() { change { $0.set(hasFirmware: true, at: $1) } }

    /// Takes what the slots want, in the order of the settings.
    package func set(_ wishes: [FleetRequirement]) { change { $0.set(wishes, at: $1) } }

    /// Takes which camera the accelerator wants, once no slot does; nil when it wants none.
    func set(accelerator device: OAKSettings.Device?) { change { $0.set(accelerator: device, at: $1) } }

    /// How things stand.
    package var state: FleetState { shared.withLock { $0.state } }

    // MARK: Changes

    /// Changes the state. If that made a difference, who waits is woken and what is new to the owner is logged.
    @discardableResult
    func change<Result: Sendable>(_ body: (inout FleetState, Timestamp) -> Result) -> Result {
        let now = Timestamp.now()
        let (result, news) = shared.withLock { shared in
            let old = shared.state
            let result = body(&shared.state, now)
            return (result, shared.state == old ? nil : shared.news(at: now))
        }
        guard let news else { return result }
        for report in news.reports { logger.tell(report) }
        for waiter in news.waiters { waiter.offer(()) }
        kicks.offer(())
        news.onChange()
        return result
    }

    /// Lets a slot's thread wait for changes while the body runs.
    func waiting<Result, Failure: Error>(
        _ stop: StopSignal, _ body: (Mailbox<Void>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let changes = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
        shared.withLock { $0.waiters[ObjectIdentifier(changes)] = changes }
        defer { _ = shared.withLock { $0.waiters.removeValue(forKey: ObjectIdentifier(changes)) } }
        return try stop.cutting(short: { changes.offer(()) }) { () throws(Failure) -> Result in try body(changes) }
    }

    // MARK: On the fleet's thread

    private func watch() {
        var search = Timestamp.now()
        while !stopSignal.isStopped {
            let now = Timestamp.now()
            let state = self.state
            let look = state.lacksSomething ? now.advanced(byNanoseconds: Self.lookInterval) : nil
            let sought = state.sought
            _ = kicks.next(until: [state.deadline, look, sought.isEmpty ? nil : search].compactMap { $0 }.min())
            if stopSignal.isStopped { return }
            change { $0.expire(at: $1) }
            if state.lacksSomething { lookAgain() }
            guard !sought.isEmpty, search <= .now() else { continue }
            for device in sought { seek(device) }
            search = Timestamp.now().advanced(byNanoseconds: Self.searchInterval)
        }
    }

    private func lookAgain() {
        let hasFirmware = firmware.isImported
        change { state, now in
            state.hasFirmware = hasFirmware
            state.take(state.all.compactMap(\.device), mayOpen: mayOpen, at: now)
        }
    }

    private func seek(_ device: OAKSettings.Device) {
        // A network that is down is no news: the camera does not answer.
        guard let answers = try? finder.find(device) else { return }
        change { $0.take(answers, at: $1) }
    }
}

extension Logger {
    fileprivate func tell(_ report: FleetReport) {
        if report.isTrouble { warning("\(report.problem): \(report.remedy)") } else { info("\(report.problem)") }
    }
}
