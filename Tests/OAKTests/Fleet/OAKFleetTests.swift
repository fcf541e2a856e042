// SPDX-License-Identifier: Apache-2.0
import Core
import Glibc
import Logging
import OAK
import Synchronization
import TestSupport
import Testing
import USB

struct Imported: FirmwareSource {
    func preferred() -> IdentifiedFirmware? {
        (try? FirmwareImage(FirmwareFixtures.image())).map { IdentifiedFirmware($0) }
    }

    var isImported: Bool { true }
    var preferredRelease: String? { "2.33.0.0" }
}

/// Two sockets of a bus with a camera in each. One that has been sent everything leaves, and is running in another port then.
private final class PretendBus: USBOpener {
    let fleet = Mutex<OAKFleet?>(nil)
    let roster: Mutex<[AttachedDevice]>
    /// Bytes that each boot ROM has been sent.
    let sent = Mutex<[String: Int]>([:])
    let opened = Mutex<[String]>([])
    private let mxids: [String: String]
    private let hangs: Bool

    /// - Parameters:
    ///   - mxids: by port of the boot ROM.
    ///   - hangs: whether a boot ROM takes nothing.
    init(_ mxids: [String: String], hangs: Bool = false) {
        (self.mxids, self.hangs) = (mxids, hangs)
        roster = Mutex(mxids.keys.sorted().map { Plugged.rom($0) })
    }

    /// A fleet that knows of the bus.
    func makeFleet() -> OAKFleet {
        let fleet = OAKFleet(firmware: Imported(), opener: self, logger: Logger(label: "test"), mayOpen: { _ in true })
        self.fleet.withLock { $0 = fleet }
        return fleet
    }

    func tell() {
        let roster = DeviceRoster(roster.withLock { $0 })
        fleet.withLock { $0 }?.take(roster)
    }

    func open(_ device: AttachedDevice) throws(USBTransferError) -> any USBChannel {
        opened.withLock { $0.append(device.identity.numbers) }
        guard device.identity.product == 0x2485 else { return PretendChannel(hangs: false) { _ in } }
        let port = device.identity.port?.description ?? ""
        return PretendChannel(hangs: hangs) { [self] count in
            let all = sent.withLock { sent in
                sent[port, default: 0] += count
                return sent[port, default: 0]
            }
            guard all == FirmwareFixtures.image().count + BootHeader().bytes.count else { return }
            roster.withLock { $0.removeAll { $0.id == device.id } }
            tell()
            let running = Plugged.running(mxids[port] ?? "", "2-\(port.dropFirst(2))")
            roster.withLock { $0.append(running) }
            tell()
        }
    }
}

final class PretendChannel: USBChannel {
    let speedMegabits = 480.0
    private let taken: @Sendable (Int) -> Void
    private let hangs: Bool
    private let end = Mailbox<Never>(capacity: 1, onFull: .dropNewest)
    private let isShut = Mutex(false)

    init(hangs: Bool, _ taken: @escaping @Sendable (Int) -> Void) { (self.hangs, self.taken) = (hangs, taken) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(USBTransferError) {
        _ = end.next()
        throw .gone("it is over")
    }

    func write(_ bytes: UnsafeRawBufferPointer, limitNanoseconds: Int64) throws(USBTransferError) {
        if hangs { _ = end.next() }
        if isShut.withLock({ $0 }) { throw .gone("it is over") }
        taken(bytes.count)
    }

    func control(
        type: UInt8, request: UInt8, value: UInt16, index: UInt16, limitNanoseconds: Int64
    ) throws(USBTransferError) {}

    func shutdown() {
        isShut.withLock { $0 = true }
        end.close()
    }
}

/// Slots that connect, with threads and a bus in memory.
struct OAKFleetTests {
    private let usb = OAKSettings(device: .usb)

    @Test func aCameraIsBootedAndConnectedToInWhateverPortItComesBack() async throws {
        let bus = PretendBus(["1-1": Plugged.left])
        let fleet = bus.makeFleet()
        fleet.set([wish(.a, .usb)])
        bus.tell()
        let camera = try await Blocking.run { [usb] in try fleet.connect(usb, for: .a, stop: StopSignal()) }
        #expect(camera.id == Plugged.left && camera.place == "usb:2-1" && camera.layout == .release2_30)
        #expect(camera.watchdogNanoseconds == 750_000_000)
        #expect(bus.opened.withLock { $0 } == ["03e7:2485", "03e7:f63b"])
    }

    @Test func twoSlotsGetTwoCamerasAndTheThirdIsTold() async throws {
        let bus = PretendBus(["1-1": Plugged.left, "1-2": Plugged.right])
        let fleet = bus.makeFleet()
        let third = try #require(CameraID("c"))
        fleet.set([wish(.a, .usb), wish(.b, .usb), wish(third, .usb)])
        bus.tell()
        async let one = Blocking.run { [usb] in try fleet.connect(usb, for: .a, stop: StopSignal()) }
        async let two = Blocking.run { [usb] in try fleet.connect(usb, for: .b, stop: StopSignal()) }
        let cameras = try await [one, two]
        #expect(Set(cameras.map(\.id)) == [Plugged.left, Plugged.right])
        await #expect { try await Blocking.run { [usb] in try fleet.connect(usb, for: third, stop: StopSignal()) } } throws: {
            "\($0)".contains("in use by a")
        }
    }

    /// Nobody asks again and again: the slot's thread waits until udev has news.
    @Test func aLeaseThatEndsMakesRoomForTheNextSlot() async throws {
        let bus = PretendBus(["1-1": Plugged.left])
        let fleet = bus.makeFleet()
        fleet.set([wish(.a, .usb)])
        bus.tell()
        var camera: ConnectedCamera? = try await Blocking.run { [usb] in try fleet.connect(usb, for: .a, stop: StopSignal()) }
        #expect(camera != nil && fleet.state.all.map(\.holder) == [.a])
        camera = nil
        #expect(fleet.state.all.map(\.holder) == [nil])
        fleet.set([wish(.b, .usb)])
        async let next = Blocking.run { [usb] in try fleet.connect(usb, for: .b, stop: StopSignal()) }
        bus.sent.withLock { $0 = [:] }
        bus.roster.withLock { $0 = [] }
        bus.tell()
        bus.roster.withLock { $0 = [Plugged.rom("1-1", incarnation: 2)] }
        bus.tell()
        #expect(try await next.id == Plugged.left)
    }

    @Test func anUploadThatHangsEndsWithTheSlot() async throws {
        let bus = PretendBus(["1-1": Plugged.left], hangs: true)
        let fleet = bus.makeFleet()
        fleet.set([wish(.a, .usb)])
        bus.tell()
        let stop = StopSignal()
        async let failure = Blocking.run { [usb] in
            do { _ = try fleet.connect(usb, for: .a, stop: stop) } catch { return "\(error)" }
            return "connected"
        }
        try await Blocking.run {
            while bus.opened.withLock({ $0.isEmpty }) { sched_yield() }
            stop.stop()
        }
        #expect(try await failure.contains("called off"))
        #expect(fleet.state.all.map(\.holder) == [nil] && fleet.state.all.map(\.state) == [.unbooted])
    }

    @Test func aSlotThatWaitsForItsCameraEndsAtOnce() async throws {
        let bus = PretendBus(["1-1": Plugged.left])
        let fleet = bus.makeFleet()
        fleet.set([wish(.a, .usb)])
        bus.tell()
        let camera = try await Blocking.run { [usb] in try fleet.connect(usb, for: .a, stop: StopSignal()) }
        // The settings give it to another slot while the first has it open.
        let stop = StopSignal()
        stop.stop()
        await #expect { try await Blocking.run { [usb] in try fleet.connect(usb, for: .b, stop: stop) } } throws: {
            "\($0)".contains("called off")
        }
        #expect(fleet.state.all.map(\.holder) == [.a] && camera.id == Plugged.left)
    }
}
