// SPDX-License-Identifier: Apache-2.0
import Core
import Inference
import Logging
import Pipeline
import TestSupport
import Testing

/// Newest picture → network → nearest depth → results, whoever has the network.
@Suite("A network at work", .timeLimit(.minutes(1)))
struct NetworkRunnerTests {
    /// What came of a picture: which it was, and which depth it was measured with.
    private struct Seen: Sendable, Equatable {
        var input: Int
        var sequence: Int
        var depth: Int?
        var skew: Int64?
    }

    private struct Trouble: Error {}

    /// Writes down what it is handed, and fails at the pictures it is told to.
    private final class Notes: NetworkRunnerDelegate {
        private let network: Network
        private let seen: Mailbox<Seen>
        private let fails: @Sendable (Frame, Int) -> Bool
        private let failed: Mailbox<Int>

        init(_ network: Network, _ seen: Mailbox<Seen>, failed: Mailbox<Int>, fails: @escaping @Sendable (Frame, Int) -> Bool) {
            (self.network, self.seen, self.failed, self.fails) = (network, seen, failed, fails)
        }

        func view(of picture: Frame, from input: Int) -> NetworkRunner.View? {
            NetworkRunner.View(picture)
        }

        func infer(_ view: NetworkRunner.View, preview: FramePool?) throws -> InferenceResult {
            try network.infer(view, preview: preview)
        }

        func take(_ outcome: NetworkRunner.Outcome) throws {
            if fails(outcome.view.picture, outcome.input) { throw Trouble() }
            seen.offer(
                Seen(
                    input: outcome.input, sequence: outcome.view.picture.header.sequence,
                    depth: outcome.depth?.picture.header.sequence, skew: outcome.depth?.skew))
        }

        func fail(_ error: any Error) { failed.offer(1) }
    }

    private let hub: StreamHub
    private let monitor = StageMonitor(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    private let seen = Mailbox<Seen>(capacity: 8, onFull: .dropNewest)
    private let failed = Mailbox<Int>(capacity: 8, onFull: .dropNewest)

    init() throws {
        hub = StreamHub(camera: try #require(CameraID("test")))
        hub.offer([.left: nil, .right: nil, .depth: nil])
    }

    private func runner(
        _ streams: [StreamName], readsDepth: Bool = false, fails: @escaping @Sendable (Frame, Int) -> Bool = { _, _ in false }
    ) throws -> NetworkRunner {
        let network = try ToldEngine.network()
        let (seen, failed) = (seen, failed)
        return NetworkRunner(
            "test nn", subject: "network", inputs: .init(hub, streams, readsDepth: readsDepth), previews: 2, monitor: monitor
        ) {
            Notes(network, seen, failed: failed, fails: fails)
        }
    }

    private func publish(_ sequence: Int, on stream: StreamName) {
        let isDepth = stream == .depth
        let draft = FramePool.standalone(
            FrameHeader(
                camera: hub.camera, instance: stream == .left ? .left : .right, sequence: sequence,
                captured: Timestamp(nanoseconds: Int64(sequence) * 1_000_000), width: 8, height: 8,
                format: isDepth ? .depth16 : .gray8))
        draft.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 128) }
        hub.publish(StreamPacket(draft.seal()), on: stream)
    }

    @Test("It is handed the depth nearest in capture time, before or after the picture")
    func depth() async throws {
        let runner = try runner([.left], readsDepth: true)
        try await Blocking.run {
            publish(1, on: .left)
            #expect(seen.next() == Seen(input: 0, sequence: 1))
            for sequence in [90, 104, 130] { publish(sequence, on: .depth) }
            publish(100, on: .left)
            #expect(seen.next() == Seen(input: 0, sequence: 100, depth: 104, skew: 4_000_000))
            publish(95, on: .left)
            #expect(seen.next() == Seen(input: 0, sequence: 95, depth: 90, skew: -5_000_000))
            runner.stop()
        }
    }

    @Test("A lens whose picture fails leaves no picture of the other lens behind for the next exposure")
    func lenses() async throws {
        let runner = try runner([.left, .right]) { picture, input in input == 0 && picture.header.sequence == 1 }
        try await Blocking.run {
            publish(1, on: .right)
            publish(1, on: .left)
            #expect(seen.next() == Seen(input: 1, sequence: 1))
            publish(2, on: .right)
            publish(2, on: .left)
            #expect(seen.next() == Seen(input: 0, sequence: 2))
            #expect(seen.next() == Seen(input: 1, sequence: 2))
            #expect(failed.next() == 1)
            #expect(monitor.failures == 1)
            runner.stop()
            #expect(monitor.heartbeats.isEmpty)
            #expect(hub.statistics.map(\.subscribers) == [0, 0, 0])
        }
    }
}
