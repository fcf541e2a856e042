// SPDX-License-Identifier: Apache-2.0
import Core
import Testing
import USB

struct BootMachineTests {
    private func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }

    /// Checks the report of one observation; the macro cannot hold a mutating call.
    private func expect(
        _ machine: inout BootMachine, _ device: AttachedDevice?, _ seconds: Double, _ holds: (BootReport?) -> Bool
    ) {
        let report = machine.observe(device, at: at(seconds))
        #expect(holds(report), "\(String(describing: report)) at \(seconds) s")
    }

    private var unbooted: AttachedDevice { DeviceFixtures.movidius(0x2485) }
    private var running: AttachedDevice { DeviceFixtures.movidius(0xF63B, serial: "14442C10", port: "2-2", speed: 5000) }

    @Test func anUnbootedDeviceIsReportedOnceWithWhatIsMissing() throws {
        var machine = BootMachine(socket: "0000:00:14.0:2")
        let first = machine.observe(unbooted, at: at(0))
        let report = try #require(first)
        #expect(report.state == .unbooted)
        #expect(report.problem.contains("0000:00:14.0:2"))
        #expect(report.problem.contains("firmware"))
        #expect(!report.remedy.isEmpty)
        expect(&machine, unbooted, 1) { $0 == nil }
        #expect(machine.deadline == nil)
    }

    @Test func aDeviceThatAnotherProgramBootsIsFollowedToItsOtherNumbers() {
        var machine = BootMachine(socket: "s")
        _ = machine.observe(unbooted, at: at(0))
        expect(&machine, nil, 2) { $0?.state == .booting }
        #expect(machine.deadline == at(12))
        expect(&machine, running, 3) { $0?.state == .running(serial: "14442C10") }
        #expect(machine.deadline == nil)
        expect(&machine, nil, 60) { $0?.state == .absent }
    }

    @Test func aDeviceThatDoesNotComeBackInTenSecondsIsGone() {
        var machine = BootMachine(socket: "s")
        _ = machine.observe(unbooted, at: at(0))
        _ = machine.observe(nil, at: at(1))
        expect(&machine, nil, 10.9) { $0 == nil }
        #expect(machine.state == .booting)
        #expect(machine.deadline == at(11))
        expect(&machine, nil, 11) { $0?.state == .absent }
    }

    @Test func aUSB2LinkIsNamed() throws {
        var machine = BootMachine(socket: "s")
        let slow = DeviceFixtures.movidius(0xF63B, serial: "A", speed: 480)
        expect(&machine, slow, 0) { $0?.problem.contains("USB 2") == true }
        expect(&machine, running, 1) { $0?.problem.contains("USB 2") == false }
    }

    @Test(arguments: [(UInt16(0xF63C), BootMachine.State.bootloader), (0xF63D, .flashBooted)])
    func theSecondGenerationIsRecognised(product: UInt16, state: BootMachine.State) throws {
        var machine = BootMachine(socket: "s")
        let first = machine.observe(DeviceFixtures.movidius(product), at: at(0))
        let report = try #require(first)
        #expect(report.state == state)
        #expect(report.problem.contains("second generation"))
    }

    @Test func aDeviceThatKeepsFallingIsUnstableAndRecovers() {
        var machine = BootMachine(socket: "s")
        for fall in 0..<5 {
            _ = machine.observe(unbooted, at: at(Double(fall) * 2))
            _ = machine.observe(nil, at: at(Double(fall) * 2 + 1))
        }
        _ = machine.observe(unbooted, at: at(12))
        #expect(machine.state == .unstable)
        _ = machine.observe(running, at: at(13))
        #expect(machine.state == .running(serial: "14442C10"))
        _ = machine.observe(nil, at: at(100))
        _ = machine.observe(unbooted, at: at(101))
        #expect(machine.state == .unbooted)
    }

    @Test func slowPluggingIsNoFalling() {
        var machine = BootMachine(socket: "s")
        for plug in 0..<20 {
            _ = machine.observe(unbooted, at: at(Double(plug) * 30))
            #expect(machine.state == .unbooted)
            _ = machine.observe(nil, at: at(Double(plug) * 30 + 15))
            _ = machine.observe(nil, at: at(Double(plug) * 30 + 26))
            #expect(machine.state == .absent)
        }
    }
}
