// SPDX-License-Identifier: Apache-2.0
public import Core

/// What an owner should know about a Movidius device.
public struct BootReport: Sendable, Hashable {
    public let state: BootMachine.State
    /// What is the matter, in one sentence.
    public let problem: String
    /// What to do about it.
    public let remedy: String
}

/// Follows the Movidius device behind one socket. It changes its USB numbers, and with USB 3 its bus, when it boots, so
/// the socket is what it is known by until it has told its own number.
///
/// This version boots nothing: no firmware comes with depthd. It says what there is and why it does not deliver.
public struct BootMachine: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        case absent
        /// The boot ROM waits for firmware.
        case unbooted
        /// It left the boot ROM a moment ago; somebody sent it firmware.
        case booting
        case running(serial: String)
        case bootloader
        case flashBooted
        /// It keeps falling back into the boot ROM.
        case unstable
    }

    public let socket: String
    public private(set) var state = State.absent
    /// When to call `observe` again, even if nothing has happened.
    public private(set) var deadline: Timestamp?
    private var falls: [Timestamp] = []
    private var reported: BootReport?

    /// The gen1 host library gives a device so long to come back after the upload.
    static let patience: Int64 = 10_000_000_000
    /// Arrivals of the boot ROM within `fallWindow` that mean a crash loop rather than replugging.
    static let fallLimit = 5
    static let fallWindow: Int64 = 60_000_000_000
    /// Megabits a second from which a link is USB 3.
    static let superSpeed = 5000.0

    public init(socket: String) {
        self.socket = socket
    }

    /// Takes what is behind the socket now.
    /// - Parameter device: nil when there is nothing.
    /// - Returns: a report when there is something new to say.
    public mutating func observe(_ device: AttachedDevice?, at now: Timestamp) -> BootReport? {
        let next = successor(device?.known?.role, serial: device?.identity.serial ?? "", at: now)
        if next == .booting {
            if state != .booting { deadline = now.advanced(byNanoseconds: Self.patience) }
        } else {
            deadline = nil
        }
        state = next
        let report = report(speed: device?.speedMegabits ?? 0)
        guard report != reported else { return nil }
        reported = report
        return report
    }

    private mutating func successor(_ role: DeviceRole?, serial: String, at now: Timestamp) -> State {
        switch role {
        case .movidiusRunning: return .running(serial: serial)
        case .movidiusBootloader: return .bootloader
        case .movidiusFlashBooted: return .flashBooted
        case .movidiusUnbooted:
            if state != .unbooted, state != .unstable { note(fall: now) }
            return falls.count >= Self.fallLimit ? .unstable : .unbooted
        case nil:
            // The boot ROM leaves the bus when the last byte has come, and when it is pulled: time tells which.
            switch state {
            case .unbooted: return .booting
            case .booting: return deadline.map { now < $0 } ?? false ? .booting : .absent
            default: return .absent
            }
        }
    }

    private mutating func note(fall now: Timestamp) {
        falls.removeAll { now.nanoseconds(since: $0) > Self.fallWindow }
        falls.append(now)
        if falls.count > Self.fallLimit { falls.removeFirst() }
    }

    private func report(speed: Double) -> BootReport {
        switch state {
        case .absent: BootReport(state: state, problem: "no device at \(socket)", remedy: "plug the camera in")
        case .unbooted:
            BootReport(
                state: state, problem: "the device at \(socket) waits for firmware, and depthd sends none over USB yet",
                remedy: "boot it with its maker's library, or use a camera that the kernel shows as /dev/video…")
        case .booting:
            BootReport(state: state, problem: "the device at \(socket) has left its boot ROM", remedy: "wait for it to come back")
        case .running(let serial):
            BootReport(
                state: state,
                problem: "the device at \(socket)\(serial.isEmpty ? "" : " (\(serial))") runs firmware that another program sent"
                    + (speed > 0 && speed < Self.superSpeed ? ", on a USB 2 link" : ""),
                remedy: "depthd does not speak to it yet; use it through the program that booted it")
        case .bootloader:
            BootReport(
                state: state, problem: "the device at \(socket) is in its bootloader, of the second generation",
                remedy: "depthd does not boot these; unplug it to restart it")
        case .flashBooted:
            BootReport(
                state: state, problem: "the device at \(socket) runs firmware from its flash, of the second generation",
                remedy: "depthd does not speak to these")
        case .unstable:
            BootReport(
                state: state, problem: "the device at \(socket) has restarted \(falls.count) times within a minute",
                remedy: "check its cable and use a powered hub")
        }
    }
}
