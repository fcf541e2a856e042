// SPDX-License-Identifier: Apache-2.0
import Core
import OAK
import Testing
import USB

/// One camera through its states.
struct FleetBootTests {
    /// Kernel logs of two Raspberry Pi 4 (luxonis/depthai#40, depthai-python#532; cases/oak/pi4-socket.md): the port the camera
    /// boots in is not the one it runs in.
    @Test func onARaspberryPi4ItRunsInAnotherPort() throws {
        let hub = "/devices/platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0"
        let rom = Plugged.camera(0x2485, path: "\(hub)/usb1/1-1/1-1.1")
        let running = Plugged.camera(0xF63B, path: "\(hub)/usb2/2-1", mxid: "14442C10814B0AD100")
        #expect(rom.identity.port?.socket != running.identity.port?.socket)
        let story = FleetStory([wish(.a)])
        story.plug(rom)
        try story.boot(.a, as: running)
        #expect(story.fleet.all.map(\.number) == [1])
        #expect(story.number(of: "14442C10814B0AD100") == 1)
        #expect(story.state(1) == .open && story.fleet.reports(at: story.time).isEmpty)
        // It falls, and is the same camera in the port it boots in, which is no guess about its port.
        story.pass(100)
        story.plug()
        story.release(.a)
        story.pass(1)
        story.plug(Plugged.camera(0x2485, path: "\(hub)/usb1/1-1/1-1.1", incarnation: 2))
        #expect(story.fleet.all.map(\.number) == [1] && story.state(1) == .unbooted)
        // Both ports name it.
        for socket in ["1-1.1", "2-1", "0000:01:00.0:1.1", "0000:01:00.0:1"] {
            story.fleet.set([wish(.b, .socket(socket))], at: story.time)
            #expect(story.fleet.offer(for: .b) != nil, "\(socket)")
        }
        story.fleet.set([wish(.b, .socket("1-1.2"))], at: story.time)
        #expect(story.fleet.offer(for: .b) == nil)
    }

    @Test func whileNobodyKnowsWhoIsWhoOneIsBootedAtATime() throws {
        let story = FleetStory([wish(.a), wish(.b)])
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"))
        story.begin(.a)
        story.begin(.b)
        let first = story.step(.a)
        #expect(first == .upload(Plugged.rom("1-1"), .superSpeed))
        guard case .wait = story.step(.b) else { throw Unexpected() }
        story.ended(first, .a)
        story.plug(Plugged.rom("1-2"))
        guard case .wait = story.step(.b) else { throw Unexpected() }
        // Behind another socket: it is the one that was booted.
        story.plug(Plugged.rom("1-2"), Plugged.running(Plugged.left, "2-4"))
        #expect(story.number(of: Plugged.left) == 1)
        #expect(story.step(.b) == .upload(Plugged.rom("1-2"), .superSpeed))
        #expect(story.step(.a) == .open(Plugged.running(Plugged.left, "2-4")))
    }

    @Test func throughTheBootloaderAndTheFlash() throws {
        let story = FleetStory([wish(.a, .id(Plugged.left))])
        story.plug(Plugged.flashBooted(Plugged.left))
        story.begin(.a)
        let restart = story.step(.a)
        #expect(restart == .restart(Plugged.flashBooted(Plugged.left)))
        // It may leave before it answers.
        story.ended(restart, .a, .failed("no such device"))
        story.plug()
        guard case .wait(let limit?) = story.step(.a) else { throw Unexpected() }
        #expect(limit.nanoseconds(since: story.time) == 15_000_000_000)
        story.plug(Plugged.bootloader(Plugged.left))
        let boot = story.step(.a)
        #expect(boot == .boot(Plugged.bootloader(Plugged.left), .superSpeed))
        story.ended(boot, .a)
        story.plug()
        story.plug(Plugged.running(Plugged.left))
        #expect(story.step(.a) == .open(Plugged.running(Plugged.left)))
        #expect(story.fleet.all.map(\.number) == [1])
    }

    @Test func itLeavesBeforeTheSenderKnows() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        story.begin(.a)
        let upload = story.step(.a)
        story.plug()
        story.plug(Plugged.running(Plugged.left))
        story.ended(upload, .a)
        #expect(story.step(.a) == .open(Plugged.running(Plugged.left)))
    }

    @Test func oneThatStaysInItsROMIsTriedAgainThenAtUSB2ThenReported() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        story.begin(.a)
        for speed in [BootHeader.Speed.superSpeed, .superSpeed, .high] {
            let upload = story.step(.a)
            #expect(upload == .upload(Plugged.rom(), speed))
            story.ended(upload, .a)
            story.pass(14)
            guard case .wait = story.step(.a) else { throw Unexpected() }
            story.pass(2)
        }
        guard case .giveUp(let error) = story.step(.a) else { throw Unexpected() }
        #expect("\(error)".contains("stays in its boot ROM") && "\(error)".contains("check cable, hub and power"))
        // Back in the ROM at once is as much of a failure, and needs no waiting.
        story.release(.a)
        story.begin(.a)
        story.ended(story.step(.a), .a)
        story.plug()
        story.plug(Plugged.rom(incarnation: 2))
        #expect(story.step(.a) == .upload(Plugged.rom(incarnation: 2), .superSpeed))
    }

    @Test func oneThatDoesNotComeBackIsReported() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        story.begin(.a)
        story.ended(story.step(.a), .a)
        story.plug()
        story.pass(14.9)
        guard case .wait = story.step(.a) else { throw Unexpected() }
        story.pass(0.2)
        guard case .giveUp(let error) = story.step(.a) else { throw Unexpected() }
        #expect("\(error)".contains("did not come back within 15 seconds: check cable, hub and power"))
        story.release(.a)
        #expect(story.fleet.all.isEmpty)
    }

    @Test func oneThatFallsWithinSecondsOfItsStartLacksPower() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        try story.boot(.a, as: Plugged.running(Plugged.left))
        story.pass(3)
        story.plug()
        story.release(.a)
        story.plug(Plugged.rom(incarnation: 2))
        #expect(story.words.contains("unstable") && story.words.contains("use a powered hub or a Y-adapter"))
        let offer = story.fleet.offer(for: .a)
        try story.boot(.a, as: Plugged.running(Plugged.left, incarnation: 2))
        #expect(story.fleet.offer(for: .a) == offer)
        // It is said while it lasts.
        #expect(story.words.contains("unstable"))
        story.pass(601)
        #expect(story.words.isEmpty)
        // A fall after an hour is another thing.
        story.plug()
        story.plug(Plugged.rom(incarnation: 3))
        #expect(!story.words.contains("power"))
    }

    /// The link breaks before udev tells that the camera is gone.
    @Test func aFallIsToldFromAPull() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        try story.boot(.a, as: Plugged.running(Plugged.left))
        let offer = story.fleet.offer(for: .a)
        story.pass(3)
        story.fell(.a)
        story.release(.a)
        story.plug()
        story.pass(1.9)
        story.plug(Plugged.rom(incarnation: 2))
        #expect(story.fleet.offer(for: .a) == offer)
        #expect(story.words.contains("use a powered hub or a Y-adapter"))
        try story.boot(.a, as: Plugged.running(Plugged.left, incarnation: 2))
        story.pass(700)
        // A hand is slower.
        story.fell(.a)
        story.release(.a)
        story.plug()
        story.pass(2.1)
        story.plug(Plugged.rom(incarnation: 3))
        #expect(story.fleet.offer(for: .a) != offer && story.fleet.offer(for: .a) != nil)
        #expect(!story.words.contains("powered hub"))
    }

    /// A slot that ends its camera has it restart; that is no lack of power.
    @Test func aCameraThatWasClosedHasNotFallen() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        try story.boot(.a, as: Plugged.running(Plugged.left))
        story.pass(3)
        story.release(.a)
        story.plug()
        story.pass(1)
        story.plug(Plugged.rom(incarnation: 2))
        #expect(!story.words.contains("powered hub"))
    }

    @Test func oneOfAnotherProgramIsLeftAlone() throws {
        let story = FleetStory([wish(.a, .usb)])
        story.plug(Plugged.running(Plugged.left))
        #expect(story.fleet.offer(for: .a) == nil)
        #expect(story.fleet.explanation(for: .a).contains("runs firmware that another program sent: end that program"))
        #expect(story.words.contains("on a USB 2 link"))
        // It ends: the camera restarts, and is free.
        story.plug()
        story.plug(Plugged.rom("1-7"))
        #expect(story.fleet.all.map(\.number) == [1] && story.fleet.offer(for: .a) != nil)
        // Another program boots what depthd was to boot.
        story.plug()
        story.plug(Plugged.running(Plugged.left, incarnation: 2))
        #expect(story.state(1) == .foreign && story.fleet.all.count == 1)
    }

    /// One that hangs hears nobody who asks it to restart; it is no other program's for that.
    @Test func oneThatDoesNotRestartIsTriedAgain() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        let running = Plugged.running(Plugged.left)
        try story.boot(.a, as: running)
        story.fell(.a)
        story.release(.a)
        story.begin(.a)
        story.pass(9.9)
        guard case .wait = story.step(.a) else { throw Unexpected() }
        story.pass(0.2)
        #expect(story.step(.a) == .open(running))
    }

    @Test func afterItsOwnCloseItIsExpectedBackForTenSeconds() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        try story.boot(.a, as: Plugged.running(Plugged.left))
        let offer = story.fleet.offer(for: .a)
        story.release(.a)
        story.pass(1)
        story.plug()
        story.begin(.a)
        story.pass(8)
        guard case .wait = story.step(.a) else { throw Unexpected() }
        #expect(story.fleet.offer(for: .a) == offer)
        story.plug(Plugged.rom(incarnation: 2))
        #expect(story.step(.a) == .upload(Plugged.rom(incarnation: 2), .superSpeed))
        #expect(story.fleet.all.map(\.number) == [1])
    }

    @Test func onePulledAndPluggedInAgainIsTheSameCameraAndAnotherPlug() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        try story.boot(.a, as: Plugged.running(Plugged.left))
        let offer = try #require(story.fleet.offer(for: .a))
        story.release(.a)
        story.plug()
        story.pass(60)
        #expect(story.fleet.offer(for: .a) == .network)
        story.plug(Plugged.rom("1-4", incarnation: 2))
        let again = try #require(story.fleet.offer(for: .a))
        #expect(again != offer)
        try story.boot(.a, as: Plugged.running(Plugged.left, "2-4"))
        #expect(story.number(of: Plugged.left) == 1 && story.fleet.all.count == 1)
        // The slot is not called off because the camera told its number.
        #expect(story.fleet.offer(for: .a) == again)
    }

    @Test func camerasThatWereChangedInASocketAreToldApart() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        try story.boot(.a, as: Plugged.running(Plugged.left))
        story.release(.a)
        story.plug()
        story.pass(2)
        story.plug(Plugged.rom(incarnation: 2))
        try story.boot(.a, as: Plugged.running(Plugged.right))
        #expect(story.number(of: Plugged.left) == 1 && story.number(of: Plugged.right) == 2)
        #expect(story.state(1) == .absent && story.state(2) == .open)
    }

    @Test func withoutAUdevRuleOrFirmwareTheRemedyIsNamed() throws {
        let story = FleetStory([wish(.a)], hasFirmware: false)
        story.plug(Plugged.rom())
        story.begin(.a)
        guard case .giveUp(let error) = story.step(.a) else { throw Unexpected() }
        #expect("\(error)".contains("waits for firmware") && "\(error)".contains("pip download depthai=="))
        #expect(story.words.contains("pip download depthai=="))
        story.fleet.set(hasFirmware: true, at: story.time)
        let upload = story.step(.a)
        #expect(upload == .upload(Plugged.rom(), .superSpeed))
        let refusal = story.ended(upload, .a, .notPermitted("Permission denied"))
        #expect(refusal?.contains("sudo depthd install-rules") == true)
        story.plug(Plugged.rom(), mayOpen: false)
        #expect(story.words.contains("sudo depthd install-rules"))
    }

    @Test func anotherProgramThatHasItIsWaitedForAndNamed() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        story.begin(.a)
        for _ in 0..<5 { #expect(story.ended(story.step(.a), .a, .busy("EBUSY")) == nil) }
        // It never took anything: nothing was tried yet.
        #expect(story.step(.a) == .upload(Plugged.rom(), .superSpeed))
        story.pass(21)
        let refusal = story.ended(.upload(Plugged.rom(), .superSpeed), .a, .busy("EBUSY"))
        #expect(refusal?.contains("in use by another program") == true)
    }

    @Test func settingsForceUSB2() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        story.begin(.a, usb2: true)
        #expect(story.step(.a) == .upload(Plugged.rom(), .high))
    }
}

struct Unexpected: Error {}
