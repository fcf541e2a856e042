// SPDX-License-Identifier: Apache-2.0
import Core
import OAK
import Testing
import USB

/// Cameras as udev tells of them.
enum Plugged {
    static let left = "14442C10D13EABCE00"
    static let right = "14442C1091398FD000"

    /// One in the state that its product number says.
    static func camera(
        _ product: UInt16, at port: String = "1-2", mxid: String = "", incarnation: UInt64 = 1
    ) -> AttachedDevice {
        let bus = port.prefix { $0 != "-" }
        return camera(
            product, path: "/devices/pci0000:00/0000:00:14.0/usb\(bus)/\(port)", mxid: mxid, incarnation: incarnation)
    }

    static func camera(_ product: UInt16, path: String, mxid: String = "", incarnation: UInt64 = 1) -> AttachedDevice {
        var device = AttachedDevice(
            systemPath: path, kind: .usb, node: "/dev/bus/usb/001/005",
            identity: DeviceIdentity(vendor: 0x03E7, product: product, serial: mxid, port: PortPath(systemPath: path)),
            incarnation: incarnation)
        device.speedMegabits = 480
        return device
    }

    static func rom(_ port: String = "1-2", incarnation: UInt64 = 1) -> AttachedDevice {
        camera(0x2485, at: port, incarnation: incarnation)
    }

    static func running(_ mxid: String, _ port: String = "2-2", incarnation: UInt64 = 1) -> AttachedDevice {
        camera(0xF63B, at: port, mxid: mxid, incarnation: incarnation)
    }

    static func bootloader(_ mxid: String, _ port: String = "1-2", incarnation: UInt64 = 1) -> AttachedDevice {
        camera(0xF63C, at: port, mxid: mxid, incarnation: incarnation)
    }

    static func flashBooted(_ mxid: String, _ port: String = "1-2", incarnation: UInt64 = 1) -> AttachedDevice {
        camera(0xF63D, at: port, mxid: mxid, incarnation: incarnation)
    }
}

/// A fleet whose clock a test sets.
final class FleetStory {
    var fleet = FleetState(hasFirmware: true)
    private var now = Timestamp(nanoseconds: 1_000_000_000_000)

    init(_ wishes: [FleetRequirement] = [], hasFirmware: Bool = true) {
        fleet = FleetState(hasFirmware: hasFirmware)
        fleet.set(wishes, at: now)
    }

    var time: Timestamp { now }

    func pass(_ seconds: Double) {
        now = now.advanced(byNanoseconds: Int64(seconds * 1e9))
        fleet.expire(at: now)
    }

    func plug(_ devices: AttachedDevice..., mayOpen: Bool = true) {
        fleet.take(devices, mayOpen: { _ in mayOpen }, at: now)
    }

    func begin(_ slot: CameraID, usb2: Bool = false) { fleet.begin(slot, usb2: usb2, at: now) }

    func step(_ slot: CameraID) -> FleetState.Step { fleet.step(for: slot, at: now) }

    @discardableResult
    func ended(_ step: FleetState.Step, _ slot: CameraID, _ outcome: FleetState.Outcome = .done) -> String? {
        fleet.ended(step, of: slot, outcome, at: now).map { "\($0)" }
    }

    func fell(_ slot: CameraID) { fleet.fell(slot, at: now) }

    func release(_ slot: CameraID) { fleet.release(slot, at: now) }

    /// Sends the slot its camera, which is in its boot ROM, and has it come back as that device.
    func boot(_ slot: CameraID, as device: AttachedDevice, others: [AttachedDevice] = []) throws {
        begin(slot)
        let upload = step(slot)
        guard case .upload = upload else {
            Issue.record("\(slot) is to \(upload)")
            return
        }
        ended(upload, slot)
        fleet.take(others, at: now)
        pass(1)
        fleet.take(others + [device], at: now)
        let open = step(slot)
        #expect(open == .open(device))
        ended(open, slot)
    }

    func state(_ number: Int) -> FleetCamera.State? { fleet.all.first { $0.number == number }?.state }

    func number(of mxid: String) -> Int? { fleet.all.first { $0.mxid == mxid }?.number }

    var words: String { fleet.reports(at: now).map { "\($0.word): \($0.problem): \($0.remedy)" }.joined(separator: "\n") }
}

extension CameraID {
    static let a = CameraID("a")!
    static let b = CameraID("b")!
}

func wish(_ slot: CameraID, _ device: OAKSettings.Device = .any, hasOther: Bool = false) -> FleetRequirement {
    FleetRequirement(slot: slot, device: device, hasOther: hasOther)
}
