// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Logging
import OAK
import Synchronization
import TestSupport
import Testing
import USB
import XLink

/// Everything there is between a camera on USB and its frames, against the team's pretend camera.
@Suite(.serialized, .enabled(if: SharedData.isRequired))
struct USBSessionTests {
    /// Frames of a session's streams as they come.
    private final class Pictures: Sendable {
        private let frames = Mailbox<Frame>(capacity: 64, onFull: .dropOldest)
        private let counters = CaptureCounters()

        func handlers(_ plan: CameraPlan) -> [String: XLinkPacketHandler] {
            plan.streams.mapValues { expected in
                let reader = PictureReader(expected, camera: CameraID("oak")!, buffers: 8, counters: self.counters)
                return { packet in if let frame = reader.read(packet, at: .now()) { self.frames.offer(frame) } }
            }
        }

        func next() -> Frame? { frames.next(until: .now().advanced(byNanoseconds: 10_000_000_000)) }
    }

    /// What came of a session: how many frames of each lens and kind, and whether the depth is what the camera measures.
    private struct Seen: Sendable, Equatable {
        var kinds: Set<String> = []
        var frames = 0
        var isRamp = true

        static func all(_ frames: Int) -> Seen {
            Seen(kinds: ["left gray8", "right gray8", "rgb bgr24", "right depth16"], frames: frames)
        }
    }

    /// Runs a session until so many frames have come.
    private func stream(_ camera: PretendUSBCamera, frames count: Int) throws -> Seen {
        let transport = USBTransport(try camera.open(camera.device))
        let session = try DeviceSession(
            transport, watchdog: USBTransport.watchdogNanoseconds, logger: Logger(label: "test"), onEnd: {})
        defer { session.end() }
        var settings = OAKSettings()
        // What the pretend camera's pictures are.
        (settings.colorWidth, settings.colorHeight) = (300, 300)
        let plan = try CameraPlan(
            settings, session.call(.cameraFeatures), link: CameraPlan.Link(session.ask(.usbSpeed) ?? .unknown),
            work: DeviceWork(measuresDepth: true))
        let pictures = Pictures()
        #expect(try session.build(plan.graph(settings, layout: .release2_30), handlers: pictures.handlers(plan)).isGood)
        try session.start()
        // A ramp from 500 mm on, a millimetre a column.
        let ramp = (0..<640).map { UInt16(500 + $0) }
        var seen = Seen()
        while seen.frames < count, let frame = pictures.next() {
            seen.frames += 1
            seen.kinds.insert("\(frame.header.instance.gen1Name) \(frame.header.format)")
            guard frame.header.format == .depth16 else { continue }
            seen.isRamp = seen.isRamp && frame.withUnsafeUInt16 { Array($0.prefix(640)) } == ramp
        }
        return seen
    }

    @Test func aCameraIsBootedByItsROMAndStreams() async throws {
        let camera = try await PretendUSBCamera(.unbooted)
        let image = try USBBootTests.image(5 << 19)
        try await Blocking.run {
            let rom = try camera.open(camera.device)
            try USBBoot.upload(image, header: BootHeader(), to: rom)
            rom.shutdown()
        }
        #expect(camera.uploaded.map(\.count).prefix(2) == [1 << 20, 1 << 20])
        #expect(Array(camera.uploaded.joined()) == BootHeader().bytes + image.bytes)
        #expect(camera.now == .running)
        #expect(try await Blocking.run { try self.stream(camera, frames: 80) } == .all(80))
        try await camera.wait(untilItSays: "ended reset by the host firmware 0 errors [] unknown []")
        #expect(camera.now == .unbooted)
        try await camera.end()
    }

    @Test func aBootloaderIsFedWhileItTakesAnImage() async throws {
        let camera = try await PretendUSBCamera(.bootloader, sessions: 2)
        let image = try USBBootTests.image(11 << 20)
        let version = try await Blocking.run {
            let bootloader = try BootloaderSession(USBTransport(try camera.open(camera.device)), watchdog: 200_000_000)
            try bootloader.boot(image, header: BootHeader())
            return bootloader.version
        }
        #expect("\(version)" == "0.0.28" && version >= .reliable)
        try await camera.wait(untilItSays: "ended booted firmware \(BootHeader().bytes.count + image.bytes.count) errors []")
        #expect(camera.watchdogWords >= PretendUSBCamera.wordsWaitedFor)
        #expect(camera.now == .running)
        #expect(try await Blocking.run { try self.stream(camera, frames: 40) } == .all(40))
        try await camera.end()
    }

    @Test func aCameraThatBootedFromItsFlashIsRestartedIntoItsBootloader() async throws {
        let camera = try await PretendUSBCamera(.flashBooted, sessions: 3)
        let found = camera.device
        try await Blocking.run {
            let channel = try camera.open(found)
            USBBoot.restart(channel)
            channel.shutdown()
        }
        #expect(camera.now == .bootloader)
        #expect(throws: USBTransferError.gone("it is another device now")) { _ = try camera.open(found) }
        let image = try FirmwareImage(FirmwareFixtures.image())
        try await Blocking.run {
            try BootloaderSession(USBTransport(try camera.open(camera.device))).boot(image, header: BootHeader())
        }
        #expect(camera.now == .running)
        #expect(try await Blocking.run { try self.stream(camera, frames: 40) } == .all(40))
        try await camera.end()
    }

    @Test func aCameraThatIsPulledEndsItsSessionWithAReason() async throws {
        let camera = try await PretendUSBCamera(.running)
        let over = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
        let reason = try await Blocking.run {
            let session = try DeviceSession(
                USBTransport(try camera.open(camera.device)), watchdog: USBTransport.watchdogNanoseconds,
                logger: Logger(label: "test"), onEnd: { over.offer(()) })
            camera.pull()
            _ = over.next(until: .now().advanced(byNanoseconds: 10_000_000_000))
            defer { session.end() }
            return session.ended
        }
        #expect(reason?.contains("/dev/bus/usb/001/002 is gone") == true)
        try await camera.end()
    }
}
