// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import OAK
import Synchronization
import TestSupport
import Testing
import USB

/// The rig's pretend camera (rigs/fake-oak2, usbsim.py) on a bus of its own: it changes its numbers as a real one does when it boots.
/// depthd's own channel is between it and the test; only the kernel's part is played, with a message of a socket for a transfer.
final class PretendUSBCamera: USBOpener {
    /// What runs on it; the raw values are the rig's.
    enum State: UInt32, Sendable {
        case unbooted = 0
        case running = 1
        case bootloader = 2
        case flashBooted = 3

        fileprivate var product: UInt16 {
            switch self {
            case .unbooted: 0x2485
            case .running: 0xF63B
            case .bootloader: 0xF63C
            case .flashBooted: 0xF63D
            }
        }
    }

    /// To its bootloader.
    private struct Upload: Sendable {
        var hasBegun = false
        /// Of the watchdog, since it began.
        var words = 0
    }

    /// Words of the watchdog for which a bootloader that takes a large image makes its host wait.
    static let wordsWaitedFor = 3

    private let state: Mutex<State>
    /// What the boot ROM has been sent.
    private let image = Mutex<[[UInt8]]>([])
    private let upload = Mutex(Upload())
    private let isFed = Mailbox<Never>(capacity: 1, onFull: .dropNewest)
    private let socketPath: String
    private let output: URL
    private let process: Mutex<Process>

    /// - Parameters:
    ///   - sessions: how many times it is connected to, the boot ROM not counted.
    ///   - network: as `OAKRig.seesFaces` says; nil for the camera as it is.
    init(_ state: State, sessions: Int = 1, network: URL? = nil) async throws {
        self.state = Mutex(state)
        let name = FileManager.default.temporaryDirectory.appendingPathComponent("usb-\(UUID().uuidString.prefix(8))").path
        socketPath = name
        output = URL(fileURLWithPath: "\(name).log")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        let rig = OAKRig.folder.appendingPathComponent("usbsim.py").path
        process.arguments =
            ["-u"] + (network.map { ["-c", OAKRig.seesFaces, $0.path, rig] } ?? [rig])
            + [name, "--sessions", "\(sessions)", "--fps", "20"]
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = process.standardOutput
        try process.run()
        self.process = Mutex(process)
        try await wait(untilItSays: "ready")
    }

    var now: State { state.withLock { $0 } }
    /// The transfers that the boot ROM took.
    var uploaded: [[UInt8]] { image.withLock { $0 } }
    var said: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// As the bus shows it now.
    var device: AttachedDevice {
        AttachedDevice(
            systemPath: "/sys/bus/usb/devices/1-2", kind: .usb, node: "/dev/bus/usb/001/002",
            identity: DeviceIdentity(vendor: 0x03E7, product: now.product))
    }

    /// Waits at most twenty seconds for words of it.
    func wait(untilItSays words: String) async throws {
        let end = Timestamp.now().advanced(byNanoseconds: 20_000_000_000)
        try await Blocking.run { [self] in
            while !said.contains(words), Timestamp.now() < end { sched_yield() }
        }
        #expect(said.contains(words), "\(said)")
    }

    /// How many words its bootloader's watchdog was given while it took an image.
    var watchdogWords: Int { upload.withLock { $0.words } }

    /// Its plug is pulled.
    func pull() {
        process.withLock { process in
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    func end() async throws {
        try await Blocking.run { [self] in pull() }
        try FileManager.default.removeItem(at: output)
        unlink(socketPath)
    }

    func open(_ device: AttachedDevice) throws(USBTransferError) -> any USBChannel {
        let state = now
        guard device.identity.product == state.product else { throw .gone("it is another device now") }
        return try USBDeviceHandle(SocketNode(state == .unbooted ? nil : connection(state), self))
    }

    /// Connects and says what runs, as the rig's stand-in for libusb does.
    private func connection(_ state: State) throws(USBTransferError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else {
            close(descriptor)
            throw .failed("usbsim.py takes no connection")
        }
        var hello = [UInt32(4).littleEndian, state.rawValue.littleEndian]
        send(descriptor, &hello, 8, Int32(MSG_NOSIGNAL))
        return descriptor
    }

    // MARK: What a node tells it

    fileprivate func boot(with bytes: [UInt8]) { image.withLock { $0.append(bytes) } }

    fileprivate func heard(_ bytes: UnsafeMutableRawBufferPointer, _ state: State) {
        guard state == .bootloader else { return }
        let words = upload.withLock { upload in
            upload.hasBegun = upload.hasBegun || bytes.count == 1 << 20
            if upload.hasBegun, bytes.elementsEqual([0, 0, 0, 0]) { upload.words += 1 }
            return upload.words
        }
        if words >= Self.wordsWaitedFor { isFed.close() }
    }

    /// A bootloader is slow: what it answers waits, for ten seconds at most, until its watchdog has been fed.
    fileprivate func answer(_ state: State) {
        guard state == .bootloader, upload.withLock({ $0.hasBegun }) else { return }
        _ = isFed.next(until: .now().advanced(byNanoseconds: 10_000_000_000))
    }

    fileprivate func leaveFlash() { state.withLock { $0 = .bootloader } }

    /// A device that is let go boots what it was sent, or restarts.
    fileprivate func closed(_ was: State) {
        state.withLock { state in
            guard state == was else { return }
            switch was {
            case .unbooted: state = image.withLock { $0.isEmpty } ? .unbooted : .running
            case .bootloader: state = .running
            case .running, .flashBooted: state = .unbooted
            }
        }
    }
}

/// The kernel's part: a transfer is a message, a length and bytes, and data changes hands when it is reaped.
private final class SocketNode: USBNode {
    let name = "/dev/bus/usb/001/002"
    let completedEvent = Int16(POLLIN)
    let speedMegabits = 480.0

    private struct Under: Sendable {
        var input: (address: UInt, count: Int)?
        var output: Int?
        var received: [[UInt8]] = []
        var isOver = false
    }

    private let camera: PretendUSBCamera
    private let state: PretendUSBCamera.State
    private let socket: Int32?
    private let under: Mutex<Under>
    private let flag = PollableFlag()

    /// - Parameter socket: nil for the boot ROM.
    init(_ socket: Int32?, _ camera: PretendUSBCamera) {
        (self.socket, self.camera, state) = (socket, camera, camera.now)
        under = Mutex(Under())
        guard let socket else { return }
        // It holds the node, and so the socket, until the camera or `discard` has ended the connection.
        Thread { [self] in
            while let message = Self.message(socket) {
                camera.answer(state)
                note { $0.received.append(message) }
            }
            note { $0.isOver = true }
        }.start()
    }

    deinit { if let socket { Foundation.close(socket) } }

    private func note(_ change: (inout Under) -> Void) {
        under.withLock { change(&$0) }
        flag.raise()
    }

    private static func message(_ socket: Int32) -> [UInt8]? {
        func read(_ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            return count == 0 || recv(socket, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
        }
        guard let length = read(4) else { return nil }
        return read((0..<4).reduce(0) { $0 | Int(length[$1]) << (8 * $1) })
    }

    var descriptor: Int32 { flag.descriptor }

    func descriptors() -> [UInt8] {
        [9, 4, 0, 0, 2, 255, 0, 0, 0] + [7, 5, 0x01, 2, 0, 2, 0] + [7, 5, 0x81, 2, 0, 2, 0]
    }

    func claim() -> Int32 { 0 }
    func detachAndClaim() -> Int32 { 0 }
    func configure() -> Int32 { 0 }

    func submit(_ way: USBWay, endpoint: UInt8, _ buffer: UnsafeMutableRawBufferPointer) -> Int32 {
        if way == .input {
            note { $0.input = (buffer.baseAddress.map { UInt(bitPattern: $0) } ?? 0, buffer.count) }
            return 0
        }
        if let socket {
            let message = withUnsafeBytes(of: UInt32(buffer.count).littleEndian) { Array($0) } + buffer
            guard send(socket, message, message.count, Int32(MSG_NOSIGNAL)) == message.count else { return ENODEV }
            camera.heard(buffer, state)
        } else {
            camera.boot(with: Array(buffer))
        }
        note { $0.output = buffer.count }
        return 0
    }

    func discard(_ way: USBWay) {
        // A read ends early only at the end of a session, which is the socket's.
        if let socket { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    func reap() -> USBReaping {
        under.withLock { under in
            flag.lower()
            if let count = under.output.take() { return .completion(USBCompletion(.output, code: 0, count: count)) }
            guard !under.received.isEmpty else { return under.isOver ? .gone : .nothingYet }
            guard let input = under.input.take() else { return .nothingYet }
            let message = under.received.removeFirst()
            guard message.count <= input.count else { return .completion(USBCompletion(.input, code: EOVERFLOW, count: 0)) }
            let buffer = UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(bitPattern: input.address), count: message.count)
            buffer.copyBytes(from: message)
            return .completion(USBCompletion(.input, code: 0, count: message.count))
        }
    }

    func control(type: UInt8, request: UInt8, value: UInt16, index: UInt16, milliseconds: UInt32) -> Int32 {
        guard state == .flashBooted, (type, request, value, index) == (0, 0xF5, 0x0DA1, 0) else { return EPIPE }
        camera.leaveFlash()
        // It leaves before it answers.
        return ESHUTDOWN
    }

    func close() {
        if let socket { shutdown(socket, Int32(SHUT_RDWR)) }
        camera.closed(state)
    }
}
