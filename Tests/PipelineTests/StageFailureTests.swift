// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Inference
import Logging
import Pipeline
import Settings
import TestSupport
import Testing

/// What a stage does after a picture it could not work on: it goes on, it is counted, and the log says why.
@Suite("A stage that fails at a picture", .timeLimit(.minutes(2)))
struct StageFailureTests {
    /// What the daemon's log was told, nothing else.
    private struct Complaints: LogHandler {
        let texts: Mailbox<String>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        init(_ texts: Mailbox<String>) { self.texts = texts }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { texts.offer("\(event.message)") }
    }

    private let hub: StreamHub
    private let complaints = Mailbox<String>(capacity: 8, onFull: .dropNewest)
    private let logger: Logger

    init() throws {
        hub = StreamHub(camera: try #require(CameraID("test")))
        let complaints = complaints
        logger = Logger(label: "test") { _ in Complaints(complaints) }
    }

    /// A network that fails at its first pictures and finds nothing in the others.
    private func network(failures: Int) throws -> Network {
        let done = Counter()
        return try ToldEngine.network { () throws(InferenceError) in
            done.add()
            if done.current <= failures { throw .picture(reason: "it is upside down") }
        }
    }

    private func graph(_ yaml: String, network: Network? = nil) throws -> CameraGraph {
        let format = CaptureFormat(
            lenses: [.color: LensFormat(width: 64, height: 48, pixels: .bgr24)], framesPerSecond: 30)
        let configuration = try PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test"))
        return try CameraGraph(
            .init(configuration: configuration, format: format, calibration: nil, network: network), hub: hub, logger: logger)
    }

    /// A picture of the colour lens; one of `depth16` is none that an encoder takes.
    private func frame(_ sequence: Int, _ format: PixelFormat = .bgr24) -> Frame {
        let draft = FramePool.standalone(
            FrameHeader(
                camera: hub.camera, instance: .color, sequence: sequence,
                captured: Timestamp(nanoseconds: Int64(sequence) * 33_000_000), width: 64, height: 48, format: format))
        draft.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 90) }
        return draft.seal()
    }

    private func next(_ subscription: Subscription) throws -> StreamPacket {
        try #require(subscription.mailbox.next(until: .now().advanced(byNanoseconds: 20_000_000_000)))
    }

    @Test("A stage goes on after a piece that failed, and is watched from its start to its end")
    func loop() async throws {
        let monitor = StageMonitor(logger: logger)
        let mailbox = Mailbox<Int>(capacity: 2, onFull: .dropNewest)
        let done = Mailbox<Int>(capacity: 2, onFull: .dropNewest)
        try await Blocking.run {
            let stage = StageLoop("test odd", subject: "odd", mailbox: mailbox, monitor: monitor, grace: 7) {
                { number in
                    guard number % 2 == 1 else { throw PipelineRefusal(field: "number", problem: "is even") }
                    done.offer(number)
                }
            }
            #expect(monitor.heartbeats.map(\.stage) == ["test odd"])
            #expect(monitor.heartbeats.map(\.grace) == [7])
            mailbox.offer(2)
            mailbox.offer(3)
            #expect(done.next() == 3)
            #expect(complaints.next()?.hasPrefix("odd: ") == true)
            #expect(monitor.failures == 1)
            stage.stop()
            #expect(monitor.heartbeats.isEmpty)
        }
    }

    @Test("The watchdog sees for how long a stage has been at one piece of work")
    func hanging() async throws {
        let monitor = StageMonitor(logger: logger)
        let mailbox = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
        let (begun, released) = (Mailbox<Void>(capacity: 1, onFull: .dropNewest), Mailbox<Void>(capacity: 1, onFull: .dropNewest))
        try await Blocking.run {
            let stage = StageLoop("test slow", subject: "slow", mailbox: mailbox, monitor: monitor) {
                { _ in
                    begun.offer(())
                    _ = released.next()
                }
            }
            let heartbeat = try #require(monitor.heartbeats.first)
            #expect(!heartbeat.isAtWork)
            mailbox.offer(())
            _ = begun.next()
            #expect(heartbeat.overdue(at: .now().advanced(byNanoseconds: 2_000_000_000), limit: 1_000_000_000) != nil)
            released.offer(())
            stage.stop()
            #expect(!heartbeat.isAtWork)
        }
    }

    @Test("The JPEG stage makes the next picture after one it could not encode")
    func jpeg() async throws {
        let graph = try graph("streams: [jpegout]")
        #expect(graph.heartbeats.map(\.stage) == ["test jpeg"])
        try await Blocking.run {
            let pictures = hub.subscribe(.jpegout)
            graph.requestJPEG()
            graph.ingest(frame(1, .depth16))
            #expect(complaints.next()?.contains("jpegout: picture could not be encoded: JPEG cannot store depth16") == true)
            graph.requestJPEG()
            graph.ingest(frame(2))
            let packet = try next(pictures)
            #expect(packet.sequence == 2)
            #expect(graph.dropCounters["stage_failed"] == 1)
            graph.stop()
        }
    }

    @Test("The video stage makes the next picture after one it could not encode, and the watchdog watches it")
    func video() async throws {
        let graph = try graph("streams: [video]\nvideo_config: {profile: mjpeg, quality: 30}")
        #expect(graph.heartbeats.map(\.stage) == ["test video"])
        try await Blocking.run {
            let pictures = hub.subscribe(.video)
            graph.ingest(frame(1, .depth16))
            #expect(complaints.next()?.contains("video: ") == true)
            graph.ingest(frame(2))
            let sequence = try next(pictures).sequence
            #expect(sequence == 2)
            #expect(graph.dropCounters["stage_failed"] == 1)
            graph.stop()
        }
    }

    @Test("The network's stage looks at the next picture after one the network could not take")
    func inference() async throws {
        let graph = try graph("streams: [metaout]", network: network(failures: 1))
        try await Blocking.run {
            let results = hub.subscribe(.metaout)
            graph.ingest(frame(1))
            #expect(complaints.next()?.contains("network: ") == true)
            graph.ingest(frame(2))
            let sequence = try next(results).sequence
            #expect(sequence == 2)
            #expect(graph.dropCounters["stage_failed"] == 1)
            graph.stop()
        }
    }

    @Test("An attached network looks at the next picture after one it could not take, and is counted")
    func attached() async throws {
        hub.offer([.color: nil])
        let monitor = StageMonitor(logger: logger)
        let attached = AttachedNetworks(hub: hub, monitor: monitor)
        let network = try network(failures: 1)
        try await Blocking.run {
            let results = attached.results(at: .color).subscribe(.metaout)
            attached.attach(network, at: .color)
            #expect(monitor.heartbeats.map(\.stage) == ["test color nn"])
            hub.publish(StreamPacket(frame(1)), on: .color)
            #expect(complaints.next()?.contains("network on color: ") == true)
            hub.publish(StreamPacket(frame(2)), on: .color)
            let sequence = try next(results).sequence
            #expect(sequence == 2)
            #expect(monitor.failures == 1)
            attached.stop()
            #expect(monitor.heartbeats.isEmpty)
        }
    }
}
