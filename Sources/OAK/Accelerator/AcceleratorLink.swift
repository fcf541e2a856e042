// SPDX-License-Identifier: Apache-2.0
package import Capture
import Core
import Synchronization
import XLink

/// A network that runs in a camera, for pictures that the box sends: who waits for which answer.
final class AcceleratorLink: Sendable {
    private let network: DeviceNetwork
    private let session: DeviceSession
    private let graph: DeviceGraph
    private let pictures: XLinkStream
    private let reader: TensorReader
    private let traffic = Mutex(Traffic())

    private struct Traffic {
        var lastNumber: Int64 = 0
        var waiting: [Int: Mailbox<CaptureTensors>] = [:]
        /// Pictures in a row that no answer came to.
        var misses = 0
        var isOver = false
    }

    /// Pictures under way: one is on the link while the camera works on the other.
    private static let limit = 2
    /// How long an answer may take, in nanoseconds.
    private static let patience: Int64 = 1_000_000_000
    private static let mostMisses = 3
    static let (pictureStream, tensorStream) = ("pictures", "tensors")

    /// Opens the stream of the pictures; nothing runs until `start`.
    init(_ network: DeviceNetwork, session: DeviceSession, layout: GraphLayout) throws(CaptureError) {
        (self.network, self.session) = (network, session)
        graph = DeviceGraph.accelerator(network, layout: layout)
        pictures = try session.openInput(Self.pictureStream, writeSize: graph.inputStreams[0].writeSize)
        let picture = FrameHeader(
            camera: .accelerator, instance: .color, sequence: 0, captured: .now(), width: network.width, height: network.height,
            format: .gray8)
        reader = TensorReader(network.outputs, of: picture, counters: CaptureCounters())
    }

    /// Has the camera run the network.
    /// - Returns: whether it takes it, with its own words if not.
    func start() throws(CaptureError) -> DeviceVerdict {
        let verdict = try session.build(graph, handlers: [Self.tensorStream: { [weak self] in self?.take($0) }])
        if verdict.isGood { try session.start() }
        return verdict
    }

    /// Nobody waits any more, and nobody will.
    func close() {
        let waiting = traffic.withLock { traffic in
            traffic.isOver = true
            return Array(traffic.waiting.values)
        }
        for answer in waiting { answer.close() }
    }

    /// What the network makes of a picture: bytes as it takes them. Blocks for a second at most; never call from a Swift task.
    /// - Returns: nil when two pictures are under way, when no answer comes in time, and when the link is over.
    func outputs(of picture: UnsafeRawBufferPointer) -> CaptureTensors? {
        let answer = Mailbox<CaptureTensors>(capacity: 1, onFull: .dropNewest)
        guard let number = expect(answer) else { return nil }
        defer { _ = traffic.withLock { $0.waiting.removeValue(forKey: Int(number)) } }
        let end = Timestamp.after(Self.patience)
        let message = DeviceMessage.encode(.frame(DeviceFrame(of: network, number: number)), data: Array(picture))
        do {
            try pictures.write(message, until: end)
        } catch {
            session.abandon(because: "the accelerator takes no pictures (\(error))")
            return nil
        }
        guard let tensors = answer.next(until: end) else {
            miss()
            return nil
        }
        return tensors
    }

    private func expect(_ answer: Mailbox<CaptureTensors>) -> Int64? {
        traffic.withLock { traffic in
            guard !traffic.isOver, traffic.waiting.count < Self.limit else { return nil }
            traffic.lastNumber += 1
            traffic.waiting[Int(traffic.lastNumber)] = answer
            return traffic.lastNumber
        }
    }

    private func miss() {
        let isHopeless = traffic.withLock { traffic in
            traffic.misses += 1
            return traffic.misses >= Self.mostMisses && !traffic.isOver
        }
        if isHopeless { session.abandon(because: "the accelerator does not answer") }
    }

    /// On the session's reading thread: an answer, which nobody may wait for any more.
    private func take(_ packet: UnsafeRawBufferPointer) {
        if let tensors = reader.read(packet, at: .now()) {
            let answer = traffic.withLock { traffic -> Mailbox<CaptureTensors>? in
                guard let answer = traffic.waiting[tensors.header.sequence] else { return nil }
                traffic.misses = 0
                return answer
            }
            _ = answer?.offer(tensors)
        }
        if reader.isHopeless { session.abandon(because: "the accelerator sends nothing that can be read") }
    }
}

extension DeviceGraph {
    /// A network alone: it needs no lens.
    package static func accelerator(_ network: DeviceNetwork, layout: GraphLayout) -> DeviceGraph {
        var graph = DeviceGraph(layout: layout)
        let pictures = graph.add(
            XLinkIn(stream: AcceleratorLink.pictureStream, maximumBytes: UInt32(clamping: network.pictureBytes), frames: 4))
        let node = graph.add(NeuralNetwork(GraphNetwork(blob: network.blob)))
        graph.link(pictures, .out, to: node, .input)
        // Every picture is waited for: no answer is left out.
        graph.stream(AcceleratorLink.tensorStream, from: node, .out, latestOnly: false)
        return graph
    }
}

extension DeviceNetwork {
    fileprivate var channels: Int { color == .gray ? 1 : 3 }

    /// Of a picture that it is shown.
    fileprivate var pictureBytes: Int { width * height * channels }
}

extension DeviceFrame {
    /// A picture of the network's size, with a number to know its answer by.
    fileprivate init(of network: DeviceNetwork, number: Int64) {
        let (plane, now) = (network.width * network.height, Timestamp.now())
        let pixelBytes = network.isPlanar ? 1 : network.channels
        self.init(
            format: Format(network), width: network.width, height: network.height, stride: network.width * pixelBytes,
            bytesPerPixel: pixelBytes,
            planes: network.isPlanar && network.channels == 3 ? SIMD3(0, plane, 2 * plane) : .zero,
            stamp: DeviceStamp(sequence: number, time: now, deviceTime: now))
    }
}
