// SPDX-License-Identifier: Apache-2.0
import Appliance
import Capture
import Core
import Foundation
import Logging
import OAK
import Pipeline
import Settings
import Synchronization
import TestSupport
import Testing
import USB
import V4L2

/// What a camera with these formats says.
private func report(_ offers: [V4L2Mode]) -> V4L2DeviceReport {
    // Asked of a node that is not there, then filled in.
    var report = V4L2DeviceReport.of("/dev/no-such-camera")
    report.access = .ok
    report.isCapture = true
    report.offers = offers
    return report
}

/// Rules, traits and cables.
struct DeviceTests {
    @Test(arguments: UdevRules.all)
    func theRulesInTheProgramAreTheFilesInTheSources(file: UdevRules.File) throws {
        let url = SharedData.checkout.appendingPathComponent("udev/\(file.name)")
        #expect(try String(contentsOf: url, encoding: .utf8) == file.text)
    }

    @Test func theMovidiusRuleIsTheOneProgramsOfGen1LookFor() {
        #expect(UdevRules.movidius.text == "SUBSYSTEM==\"usb\", ATTRS{idVendor}==\"03e7\", MODE=\"0666\"\n")
    }

    private func withRoot<Result>(_ body: (String) throws -> Result) throws -> Result {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("root-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root.appendingPathComponent("etc"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        return try body(root.path)
    }

    @Test func rulesAreInstalledOnceAndSayWhatWasDone() throws {
        try withRoot { root in
            let installer = RulesInstaller(root: root)
            #expect(installer.look().map(\.outcome) == [.missing, .missing])
            #expect(try installer.install().allSatisfy { $0.hasSuffix("installed") })
            #expect(installer.look().map(\.outcome) == [.same, .same])
            #expect(try installer.install().allSatisfy { $0.hasSuffix("is there already") })
            let path = "\(root)/etc/udev/rules.d/80-movidius.rules"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o644)
        }
    }

    @Test func aRuleSomebodyChangedIsKeptWhereItIsAskedFor() throws {
        try withRoot { root in
            let installer = RulesInstaller(root: root)
            _ = try installer.install()
            let path = "\(root)/etc/udev/rules.d/80-movidius.rules"
            try "# mine\n".write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try installer.install(keepsOthers: true)[0].contains("left as it is"))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "# mine\n")
            #expect(try installer.install()[0].hasSuffix("replaced"))
            #expect(installer.look().map(\.outcome) == [.same, .same])
        }
    }

    @Test func rulesOfAPackageAreFoundAndTheOwnersGoBeforeThem() throws {
        try withRoot { root in
            let folder = "\(root)/usr/lib/udev/rules.d"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for file in UdevRules.all {
                try file.text.write(toFile: "\(folder)/\(file.name)", atomically: true, encoding: .utf8)
            }
            let installer = RulesInstaller(root: root)
            #expect(installer.look().map(\.outcome) == [.same, .same])
            #expect(try installer.install().allSatisfy { $0.hasPrefix(folder) && $0.hasSuffix("is there already") })
            #expect(!FileManager.default.fileExists(atPath: "\(root)/etc/udev"))
            // A package of another version: its file is the package manager's and stays; ours goes before it.
            try "# older\n".write(toFile: "\(folder)/80-movidius.rules", atomically: true, encoding: .utf8)
            #expect(installer.look().map(\.outcome) == [.different, .same])
            #expect(try installer.install()[0] == "\(root)/etc/udev/rules.d/80-movidius.rules installed")
            #expect(installer.look().map(\.outcome) == [.same, .same])
        }
    }

    @Test func aFolderThatIsNoRootIsRefused() {
        #expect(throws: RulesInstaller.Failure.noFolder("/nowhere/etc")) { try RulesInstaller(root: "/nowhere").install() }
    }

    @Test func aCameraIsTakenForWhatItOffers() {
        let mono = CameraTraits(report([V4L2Mode(format: .grey, width: 640, height: 400, rates: [30])]))
        #expect(mono.role == .mono && mono.isUsable)
        let color = CameraTraits(
            report([
                V4L2Mode(format: .grey, width: 640, height: 400, rates: [30]),
                V4L2Mode(format: .mjpeg, width: 640, height: 400, rates: [30]),
            ]))
        #expect(color.role == .color)
        #expect(CameraTraits(report([V4L2Mode(format: .yuyv, width: 1280, height: 480, rates: [])])).role == .sideBySide)
        let nothing = CameraTraits(report([]))
        #expect(!nothing.isUsable && nothing.obstacle.contains("no format depthd reads"))
        var denied = report([])
        denied.access = .denied(group: "video", remedy: "sudo usermod -aG video pi")
        #expect(CameraTraits(denied).obstacle.contains("usermod"))
    }

    @Test func aBusThatIsAskedForTooMuchIsNamedWithARemedy() {
        func load(_ node: String, _ megabits: Double) -> LinkLoad {
            LinkLoad(bus: "pci bus 1", node: node, speed: 480, megabits: megabits)
        }
        #expect(LinkLoad.findings([load("/dev/video0", 74), load("/dev/video2", 74)]).map(\.verdict) == [.good])
        let full = LinkLoad.findings([load("/dev/video0", 295), load("/dev/video2", 295)])
        #expect(full.map(\.verdict) == [.warning])
        #expect(full[0].text.contains("590 of the 384 Mbit/s") && full[0].text.contains("MJPEG"))
    }
}

/// The scheduler between the watcher and the slots, told what is plugged in by hand.
struct CameraAllocatorTests {
    private func allocator(_ asked: Counter = Counter(), _ firmware: PretendFirmware = PretendFirmware()) -> CameraAllocator {
        let logger = Logger(label: "test")
        return CameraAllocator(fleet: OAKFleet(firmware: firmware, logger: logger, mayOpen: { _ in true }), logger: logger) { _ in
            asked.add()
            return report([V4L2Mode(format: .mjpeg, width: 640, height: 480, rates: [30])])
        }
    }

    @Test func aSlotThatHasItsCameraIsNotWokenByOthers() throws {
        let asked = Counter()
        let allocator = allocator(asked)
        let woken = Mutex<[String: Int]>([:])
        let settings = "{id: a, source: v4l2, v4l2: {device: 'serial:A'}}, {id: b, source: v4l2, v4l2: {device: 'serial:B'}}"
        allocator.set(
            try wishes(settings).map { requirement in
                (requirement, { woken.withLock { $0[requirement.slot.name, default: 0] += 1 } })
            })
        #expect(allocator.supply(for: try slot("a")) == .unknown)
        allocator.take(DeviceRoster())
        #expect(woken.withLock { $0 } == ["a": 1, "b": 1])
        allocator.take(DeviceRoster([device("A", port: 1, node: 0)]))
        // b waits on, and is told what there is instead.
        #expect(woken.withLock { $0 } == ["a": 2, "b": 2])
        guard case .none(let why) = allocator.supply(for: try slot("b")) else { throw SlotsTestError.gotACamera }
        #expect(why.contains("serial:B is not plugged in; there is Test camera (serial:A"))
        allocator.take(DeviceRoster([device("A", port: 1, node: 0), device("C", port: 3, node: 4)]))
        #expect(woken.withLock { $0["a"] } == 2)
        #expect(asked.current == 2, "a camera is asked once, when it comes")
        allocator.take(DeviceRoster([device("C", port: 3, node: 4), movidius(0x2485)]))
        #expect(woken.withLock { $0["a"] } == 3)
        #expect(allocator.devices.map(\.usb) == ["03e7:2485"])
    }

    private func supplies(_ allocator: CameraAllocator, _ cameras: String) throws -> [String: CameraSupply] {
        let requirements = try wishes(cameras)
        allocator.set(requirements.map { requirement in (requirement, { @Sendable in }) })
        return Dictionary(uniqueKeysWithValues: requirements.map { ($0.slot.name, allocator.supply(for: $0.slot)) })
    }

    @Test func anOAKGoesBeforeAWebcamAndLeavesItToOthers() throws {
        let allocator = allocator(Counter(), PretendFirmware(isImported: true))
        allocator.take(DeviceRoster([device("A", port: 1, node: 0), movidius(0x2485)]))
        let supplies = try supplies(allocator, "{id: a, source: auto}, {id: b, source: v4l2}, {id: c, source: oak}")
        guard case .oak(.camera) = supplies["a"], case .cameras = supplies["b"], supplies["c"] == .oak(.network) else {
            Issue.record("\(supplies)")
            return
        }
        // Who says which webcam it is to be gets that.
        let named = try self.supplies(allocator, "{id: a, source: auto, v4l2: {device: 'serial:A'}}, {id: b, source: auto}")
        guard case .cameras = named["a"], case .oak(.camera) = named["b"] else {
            Issue.record("\(named)")
            return
        }
    }

    @Test func anOAKWithoutFirmwareKeepsNobodyFromTheWebcamOrTheDemo() throws {
        let allocator = allocator()
        allocator.take(DeviceRoster([device("A", port: 1, node: 0), movidius(0x2485)]))
        let supplies = try supplies(allocator, "{id: a, source: auto}, {id: b, source: auto}")
        guard case .cameras = supplies["a"], case .demo(let why) = supplies["b"] else {
            Issue.record("\(supplies)")
            return
        }
        #expect(why.contains("waits for firmware"))
        #expect(allocator.devices.map(\.remedy).allSatisfy { $0.contains("pip download depthai==") })
    }

    @Test func aSlotIsWokenWhenItsOAKComesAndWhenItGoes() throws {
        let allocator = allocator(Counter(), PretendFirmware(isImported: true))
        let woken = Counter()
        let requirement = try #require(try wishes("{id: a, source: oak, oak: {device: usb}}").first)
        allocator.take(DeviceRoster())
        allocator.set([(requirement, { @Sendable in woken.add() })])
        guard case .none(let why) = allocator.supply(for: requirement.slot) else { throw SlotsTestError.gotACamera }
        #expect(why == "no OAK camera is plugged in")
        let before = woken.current
        allocator.take(DeviceRoster([movidius(0x2485)]))
        #expect(woken.current == before + 1)
        allocator.take(DeviceRoster())
        #expect(woken.current == before + 2)
    }
}

/// Firmware that is there or not; nothing is booted with it.
private struct PretendFirmware: FirmwareSource {
    var isImported = false
    var preferredRelease: String? { nil }

    func preferred() -> IdentifiedFirmware? { nil }
}

private enum SlotsTestError: Error {
    case gotACamera
}
