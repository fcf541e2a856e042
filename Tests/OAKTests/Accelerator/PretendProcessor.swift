// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Logging
import OAK
import Synchronization
import Testing
import USB
import XLink

/// Bytes from one end to the other, in memory.
private final class Pipe: Sendable {
    private let packets = Mailbox<[UInt8]>(capacity: 1000, onFull: .dropNewest)
    private let rest = Mutex<[UInt8]>([])

    func write(_ bytes: UnsafeRawBufferPointer) -> Bool { packets.offer(Array(bytes)) }

    /// Waits for as many bytes as the buffer holds; false when the pipe is closed.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var bytes = rest.withLock { $0 }
        while bytes.count < buffer.count {
            guard let next = packets.next() else { return false }
            bytes += next
        }
        buffer.copyBytes(from: bytes.prefix(buffer.count))
        rest.withLock { $0 = Array(bytes.dropFirst(buffer.count)) }
        return true
    }

    func close() { packets.close() }
}

/// The host's end of the link: as a camera on USB is opened.
private final class HostEnd: USBChannel {
    let speedMegabits = 5000.0
    private let (down, up): (Pipe, Pipe)
    private let onShutdown: @Sendable () -> Void
    private let isShut = Mutex(false)

    init(down: Pipe, up: Pipe, onShutdown: @escaping @Sendable () -> Void) {
        (self.down, self.up, self.onShutdown) = (down, up, onShutdown)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(USBTransferError) {
        guard up.read(into: buffer) else { throw .gone("the camera is gone") }
    }

    func write(_ bytes: UnsafeRawBufferPointer, limitNanoseconds: Int64) throws(USBTransferError) {
        guard down.write(bytes) else { throw .gone("the camera is gone") }
    }

    func control(
        type: UInt8, request: UInt8, value: UInt16, index: UInt16, limitNanoseconds: Int64
    ) throws(USBTransferError) {}

    func shutdown() {
        down.close()
        up.close()
        let isFirst = isShut.withLock { isShut in
            defer { isShut = true }
            return !isShut
        }
        if isFirst { onShutdown() }
    }
}

/// The camera's end.
private struct DeviceEnd: XLinkTransport {
    let down: Pipe
    let up: Pipe

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(XLinkTransportError) {
        guard down.read(into: buffer) else { throw .gone("the host is gone") }
    }

    func write(header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) throws(XLinkTransportError) {
        guard up.write(header), payload.isEmpty || up.write(payload) else { throw .gone("the host is gone") }
    }

    func shutdown() {
        down.close()
        up.close()
    }
}

/// A camera's firmware with a graph of one network, whose output is what a test says: three floats of a picture.
final class PretendProcessor: Sendable {
    /// What the camera does about a picture.
    enum Manner: Sendable {
        case answers
        /// Each answer comes twice: with another number, then as it should be.
        case answersOthersToo
        /// Never.
        case isSilent
        /// With the next picture's, each after it was given up.
        case isLate
        /// Its outputs are those of another network.
        case isAnother
    }

    /// Of the frames that came.
    struct Picture: Sendable, Equatable {
        var format: DeviceFrame.Format
        var width: Int
        var height: Int
        var stride: Int
        var planes: SIMD3<Int>
        var bytes: [UInt8]
    }

    private struct State {
        var manner: Manner
        var pictures: [Picture] = []
        var schema: MessagePackValue?
        var stored: [UInt8] = []
        var awaited: Int?
        var late: [[UInt8]] = []
    }

    private let connection: Mutex<XLinkConnection?> = Mutex(nil)
    private let state: Mutex<State>
    private let refusal: String
    /// Written on a thread of its own: a handler may not wait.
    private let outgoing = Mailbox<(XLinkStream, [UInt8])>(capacity: 1000, onFull: .dropNewest)

    private init(_ manner: Manner, refusal: String) {
        state = Mutex(State(manner: manner))
        self.refusal = refusal
    }

    /// One that is connected to.
    static func open(
        _ manner: Manner, refusal: String, onShutdown: @escaping @Sendable () -> Void
    ) -> (any USBChannel, PretendProcessor) {
        let (down, up) = (Pipe(), Pipe())
        let processor = PretendProcessor(manner, refusal: refusal)
        let connection = XLinkConnection(
            DeviceEnd(down: down, up: up), role: .device, onOpen: { processor.opened($0) },
            onEnd: { _ in processor.outgoing.close() })
        processor.connection.withLock { $0 = connection }
        _ = StageThread(name: "pretend") {
            guard (try? connection.start(until: .now().advanced(byNanoseconds: 10_000_000_000))) != nil else { return }
            while let (stream, bytes) = processor.outgoing.next() {
                try? stream.write(bytes, until: .now().advanced(byNanoseconds: 5_000_000_000))
            }
            connection.close()
        }
        return (HostEnd(down: down, up: up, onShutdown: onShutdown), processor)
    }

    var pictures: [Picture] { state.withLock { $0.pictures } }
    var schema: MessagePackValue? { state.withLock { $0.schema } }
    /// The files it was sent.
    var stored: [UInt8] { state.withLock { $0.stored } }

    func set(_ manner: Manner) { state.withLock { $0.manner = manner } }

    /// Its plug is pulled.
    func pull() { connection.withLock { $0 }?.end(because: "it is unplugged") }

    // MARK: On the connection's reading thread

    private func opened(_ stream: XLinkStream) {
        switch stream.name {
        case "__rpc_main":
            stream.setHandler { [self, stream] in answer(Array($0), on: stream) }
            try? stream.open(writeSize: 1 << 20)
        case "__stream_asset_storage":
            stream.setHandler { [self] bytes in
                state.withLock { $0.stored += bytes }
                tellStored()
            }
        case "pictures": stream.setHandler { [self] in see(Array($0)) }
        case "tensors":
            tensors.withLock { $0 = stream }
            try? stream.open(writeSize: 1 << 20)
        default: stream.setHandler { _ in }
        }
    }

    private let tensors = Mutex<XLinkStream?>(nil)
    private let rpc = Mutex<XLinkStream?>(nil)

    private func answer(_ request: [UInt8], on stream: XLinkStream) {
        rpc.withLock { $0 = stream }
        guard let parts = try? MessagePackDecoder.decode(request).list, case .unsigned(let number) = parts[2] else { return }
        let arguments = parts[3].list ?? []
        switch number {
        case DeviceCallID.of("isPipelineRunning"): reply([1, 2, 1, false])
        case DeviceCallID.of("buildPipeline"): reply([1, 2, 1, [.bool(refusal.isEmpty), .text(refusal)]])
        case DeviceCallID.of("setPipelineSchema"):
            state.withLock { $0.schema = arguments.first }
            reply([1, 2, 1])
        case DeviceCallID.of("readAssetStorageFromXLink"):
            state.withLock { $0.awaited = arguments[1].integer }
            tellStored()
        default: reply([1, 2, 1])
        }
    }

    private func tellStored() {
        let isWhole = state.withLock { state in
            guard let awaited = state.awaited, state.stored.count >= awaited else { return false }
            state.awaited = nil
            return true
        }
        if isWhole { reply([1, 2, 1]) }
    }

    private func reply(_ answer: MessagePackValue) {
        if let stream = rpc.withLock({ $0 }) { outgoing.offer((stream, MessagePackEncoder.encode(answer))) }
    }

    private func see(_ packet: [UInt8]) {
        guard let message = try? DeviceMessage.parse(packet), case .frame(let frame) = message.content else { return }
        let bytes = Array(packet[message.data])
        let picture = Picture(
            format: frame.format, width: frame.width, height: frame.height, stride: frame.stride, planes: frame.planes,
            bytes: bytes)
        let (manner, late) = state.withLock { state in
            state.pictures.append(picture)
            defer { state.late = [] }
            return (state.manner, state.late)
        }
        for answer in late { say(answer) }
        let number = frame.stamp.sequence
        switch manner {
        case .answers: say(Self.outputs(bytes, number))
        case .answersOthersToo:
            say(Self.outputs(bytes.map { ~$0 }, number + 1000))
            say(Self.outputs(bytes, number))
        case .isSilent: break
        case .isLate: state.withLock { $0.late = [Self.outputs(bytes, number)] }
        case .isAnother: say(Self.outputs(bytes, number, name: "another"))
        }
    }

    private func say(_ message: [UInt8]) {
        if let stream = tensors.withLock({ $0 }) { outgoing.offer((stream, message)) }
    }

    /// The sums of thirds of a picture.
    static func sums(_ bytes: [UInt8]) -> [Float] {
        (0..<3).map { third in
            bytes[(bytes.count / 3 * third)..<(bytes.count / 3 * (third + 1))].reduce(0) { $0 + Float($1) }
        }
    }

    private static func outputs(_ bytes: [UInt8], _ number: Int64, name: String = "sums") -> [UInt8] {
        let stamp = DeviceStamp(sequence: number, time: .now(), deviceTime: .now())
        let tensor = DeviceTensor(name: name, element: .float32, order: 0x43, dimensions: [1, 3], strides: [12, 4])
        let data = sums(bytes).flatMap { sum in withUnsafeBytes(of: sum.bitPattern.littleEndian) { Array($0) } }
        return DeviceMessage.encode(.tensors(DeviceTensors([tensor], stamp: stamp)), data: data)
    }
}

/// A socket with one camera that boots and restarts as real ones do, and a fleet that knows of it.
final class ProcessorBus: USBOpener {
    let manner: Mutex<PretendProcessor.Manner>
    private let refusal: String
    private let state = Mutex(State())

    private struct State {
        var fleet: OAKFleet?
        var device: AttachedDevice?
        var bytes = 0
        var incarnation: UInt64 = 1
        var processors: [PretendProcessor] = []
    }

    init(_ manner: PretendProcessor.Manner = .answers, refusal: String = "") {
        self.manner = Mutex(manner)
        self.refusal = refusal
        state.withLock { $0.device = Plugged.rom("1-1") }
    }

    func makeFleet() -> OAKFleet {
        let fleet = OAKFleet(firmware: Imported(), opener: self, logger: Logger(label: "test"), mayOpen: { _ in true })
        state.withLock { $0.fleet = fleet }
        tell()
        return fleet
    }

    /// What was connected to, in that order.
    var processors: [PretendProcessor] { state.withLock { $0.processors } }

    func open(_ device: AttachedDevice) throws(USBTransferError) -> any USBChannel {
        if device.identity.product == 0x2485 { return PretendChannel(hangs: false) { [self] in boot($0) } }
        let (channel, processor) = PretendProcessor.open(manner.withLock { $0 }, refusal: refusal) { [self] in restart() }
        state.withLock { $0.processors.append(processor) }
        return channel
    }

    private func boot(_ count: Int) {
        let isWhole = state.withLock { state in
            state.bytes += count
            return state.bytes == FirmwareFixtures.image().count + BootHeader().bytes.count
        }
        if isWhole { come(Plugged.running(Plugged.left, "2-1")) }
    }

    /// A camera that is closed takes its time: the fleet knows by then who closed it.
    private func restart() {
        _ = StageThread(name: "pretend bus") { [self] in
            let end = Timestamp.now().advanced(byNanoseconds: 5_000_000_000)
            while Timestamp.now() < end, state.withLock({ $0.fleet })?.state.all.contains(where: { $0.state == .open }) == true {
                sched_yield()
            }
            comeAsROM()
        }
    }

    private func comeAsROM() {
        let incarnation = state.withLock { state in
            state.incarnation += 1
            state.bytes = 0
            return state.incarnation
        }
        come(Plugged.rom("1-1", incarnation: incarnation))
    }

    /// The camera leaves and is back as another device.
    private func come(_ device: AttachedDevice) {
        state.withLock { $0.device = nil }
        tell()
        state.withLock { $0.device = device }
        tell()
    }

    private func tell() {
        let (fleet, device) = state.withLock { ($0.fleet, $0.device) }
        fleet?.take(DeviceRoster([device].compactMap { $0 }))
    }
}
