// SPDX-License-Identifier: Apache-2.0
package import Core
import USB

/// A camera on USB that is of no use as it is, in words for the owner.
package struct FleetReport: Sendable, Hashable {
    package let number: Int
    /// What it is: `Movidius MyriadX, not booted`.
    package let name: String
    /// Vendor and product number: `03e7:2485`.
    package let usb: String
    /// The socket it is plugged into.
    package let port: String
    /// The word in the status.
    package let word: String
    package let problem: String
    package let remedy: String
    /// Whether it needs the owner.
    package let isTrouble: Bool
}

extension FleetState {
    /// A camera whose power failed is spoken of for so long, in nanoseconds.
    private static let powerMemory: Int64 = 600_000_000_000
    /// Megabits a second from which a link is USB 3.
    private static let superSpeed = 5000.0

    /// Every camera on USB that needs the owner or is on its way, by number.
    package func reports(at now: Timestamp) -> [FleetReport] { all.compactMap { report($0, at: now) } }

    private func report(_ camera: FleetCamera, at now: Timestamp) -> FleetReport? {
        guard camera.state != .absent, let device = camera.device ?? camera.lastDevice, let told = told(camera, at: now) else {
            return nil
        }
        return FleetReport(
            number: camera.number, name: device.known?.name ?? device.name, usb: device.identity.numbers,
            port: device.identity.port?.socket ?? device.systemPath, word: told.word,
            problem: "\(camera.label) \(told.trouble.problem)", remedy: told.trouble.remedy, isTrouble: told.isTrouble)
    }

    private func told(_ camera: FleetCamera, at now: Timestamp) -> (word: String, trouble: FleetTrouble, isTrouble: Bool)? {
        let word = camera.state.word
        if let failed = camera.powerFailed, camera.isPresent, now.nanoseconds(since: failed) < Self.powerMemory {
            return ("unstable", .power, true)
        }
        if let trouble = obstacle(of: camera) {
            guard camera.state == .foreign, isSlow(camera) else { return (word, trouble, true) }
            return (word, FleetTrouble("\(trouble.problem), on a USB 2 link", trouble.remedy), true)
        }
        switch camera.state {
        case .open, .absent: return nil
        case .unbooted, .bootloader, .flashBooted:
            guard let owner = owner(of: camera) else { return (word, .unwanted("waits for firmware"), true) }
            return (word, FleetTrouble("is about to be booted for \(owner)", "wait"), false)
        case .ready:
            guard owner(of: camera) == nil else { return (word, FleetTrouble("runs its firmware", "wait"), false) }
            return (word, .unwanted("runs the firmware that depthd sent"), true)
        case .uploading: return (word, FleetTrouble("is being sent its firmware", "wait"), false)
        case .away(.booted, _): return (word, .onItsWay("has taken its firmware and starts"), false)
        // What ran is gone; what waited for firmware may have been booted.
        case .away(.left, _):
            return camera.lastDevice?.isBootROM == true ? (word, .onItsWay("has left its boot ROM"), false) : nil
        case .away: return (word, .onItsWay("restarts"), false)
        case .foreign, .unsupported: return nil
        }
    }

    private func isSlow(_ camera: FleetCamera) -> Bool {
        guard let speed = camera.device?.speedMegabits else { return false }
        return speed > 0 && speed < Self.superSpeed
    }
}

extension FleetTrouble {
    fileprivate static func onItsWay(_ what: String) -> FleetTrouble { FleetTrouble(what, "wait for it to come back") }

    fileprivate static func unwanted(_ what: String) -> FleetTrouble {
        FleetTrouble("\(what), and no camera slot uses it", "add a camera with source: oak to the settings (docs/oak.md)")
    }
}

extension FleetCamera.State {
    /// The word in the status.
    fileprivate var word: String {
        switch self {
        case .absent: "absent"
        case .unbooted, .unsupported: "unbooted"
        case .uploading, .away: "booting"
        case .ready, .open, .foreign: "running"
        case .bootloader: "bootloader"
        case .flashBooted: "flash_booted"
        }
    }
}
