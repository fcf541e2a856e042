// SPDX-License-Identifier: Apache-2.0
package import Core
package import USB

/// One camera through all that it is while it boots. It changes its USB numbers, its bus and, on a Raspberry Pi 4, its port: what
/// it is known by is its own number, once it has told it, and until then that it is the one being booted.
package struct FleetCamera: Sendable, Hashable {
    /// What it is now.
    package enum State: Sendable, Hashable {
        /// On no bus, and not expected back.
        case absent
        /// The boot ROM waits for firmware.
        case unbooted
        /// Firmware is being sent.
        case uploading
        /// On its way to another state, which it should have reached by then.
        case away(Away, until: Timestamp)
        /// Runs what depthd sent, and nobody has connected to it yet.
        case ready
        /// A slot has connected to it.
        case open
        /// Runs what another program sent.
        case foreign
        /// The bootloader in its flash waits for firmware.
        case bootloader
        /// Runs what is in its flash.
        case flashBooted
        /// Of another generation.
        case unsupported
    }

    /// Why it is on its way.
    package enum Away: Sendable, Hashable {
        /// It took its firmware.
        case booted
        /// It was told to restart into its bootloader.
        case restarted
        /// Its slot has closed it, and it restarts.
        case closed
        /// It left its slot.
        case fell
        /// It left of itself: another program booted it, or somebody unplugged it.
        case left
    }

    /// Its number here: from first sight on, whatever it is.
    package let number: Int
    /// Its own number; nil until it has told it.
    package var mxid: String?
    /// Whether the number is only what its socket had a moment ago: the boot ROM tells none.
    package var isGuess = false
    package var state = State.absent
    /// As it is on the bus now; nil when it is on none, or on the network.
    package var device: AttachedDevice?
    /// As it was on the bus last.
    package var lastDevice: AttachedDevice?
    /// Where its boot ROM was last, and where anything else of it was.
    package var ports = Ports()
    /// In the network; nil for a camera on USB.
    package var address: String?
    /// Another number each time a camera is plugged in; the same through all that it is until it is unplugged.
    package var plug = 0
    /// The slot that has it open or is about to.
    package var holder: CameraID?
    /// When a slot last connected to it.
    package var connected: Timestamp?
    /// When its slot last closed it.
    package var closed: Timestamp?
    /// When it last left its bus.
    package var departed: Timestamp?
    /// When its power last failed, as far as one can tell.
    package var powerFailed: Timestamp?
    /// What keeps a slot that could take another camera from taking this one, until it is plugged in anew.
    package var trouble: FleetTrouble?
    /// When it last answered in the network.
    package var seen: Timestamp?
    /// Whether this user may open it.
    package var isPermitted = true

    package struct Ports: Sendable, Hashable {
        package var boot: PortPath?
        package var running: PortPath?
    }

    init(number: Int) { self.number = number }

    /// On a bus or expected there, and depthd's to use.
    var isPresent: Bool {
        switch state {
        case .unbooted, .uploading, .ready, .open, .bootloader, .flashBooted: true
        case .away(let away, _): away != .left
        case .absent, .foreign, .unsupported: false
        }
    }

    /// Whether its next sight is to tell who it is.
    var isBeingIdentified: Bool {
        guard mxid == nil || isGuess else { return false }
        return switch state {
        case .uploading, .away(.booted, _): true
        default: false
        }
    }

    /// What it is called in sentences.
    package var label: String {
        if let mxid, !isGuess { return "camera \(mxid)" }
        return (device?.identity.port ?? ports.boot).map { "the camera at \($0)" } ?? "the camera"
    }
}

/// Why a camera cannot be used, and what to do.
package struct FleetTrouble: Sendable, Hashable {
    package let problem: String
    package let remedy: String

    init(_ problem: String, _ remedy: String) { (self.problem, self.remedy) = (problem, remedy) }

    /// Whether the system forbids what nobody but the owner can allow.
    package var isDenial: Bool { self == .denied }

    package var words: String { "\(problem): \(remedy)" }

    static let denied = FleetTrouble("may not be opened by this user, since a udev rule is missing", "sudo depthd install-rules")
    static let noFirmware = FleetTrouble("waits for firmware, and none is imported", FirmwareError.remedy)
    static let foreign = FleetTrouble(
        "runs firmware that another program sent", "end that program, or unplug the camera and plug it in again")
    static let unsupported = FleetTrouble(
        "is a Movidius device of the first kind, which depthd has no firmware for", "unplug it, or use it with another program")
    static let power = FleetTrouble(
        "fell back into its boot ROM within seconds of its start: its power fails", "use a powered hub or a Y-adapter")
    static let noReturn = FleetTrouble(
        "took its firmware and did not come back within 15 seconds",
        "check cable, hub and power; if it never came back, it may be a compute stick and no camera")
    static let stays = FleetTrouble(
        "stays in its boot ROM whatever is sent",
        "check cable, hub and power, and plug it in again; if it never started, it may be a compute stick and no camera")
}
