// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Inference
import Logging
import Pipeline
import TestSupport
import Testing

/// What a script's stages do after a picture they could not work on.
@Suite("A script's network or video that fails at a picture", .timeLimit(.minutes(1)))
struct LinkStageTests {
    private struct OneCamera: ApplianceService, CameraService {
        let id: CameraID
        let hub: StreamHub
        let stageMonitor = StageMonitor(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

        init() throws {
            id = try #require(CameraID("front"))
            hub = StreamHub(camera: id)
            hub.offer([.color: nil, .video: nil])
        }

        var cameras: [any CameraService] { [self] }
        func status() -> CameraStatus { CameraStatus(id: id.name, state: .running, why: "", source: "demo") }
        func status() -> ApplianceStatus { fatalError("nobody asks") }
        func pipelineJSON() -> String { "{}" }
        func replacePipeline(json: [UInt8]) async throws(PipelineRefusal) {}
        func truthJSON(sequence: Int?) -> String? { nil }
        func requestJPEG() {}

        func publish(_ sequence: Int, _ format: PixelFormat = .bgr24) {
            let draft = FramePool.standalone(
                FrameHeader(
                    camera: id, instance: .color, sequence: sequence,
                    captured: Timestamp(nanoseconds: Int64(sequence) * 33_000_000), width: 64, height: 48, format: format))
            draft.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 90) }
            hub.publish(StreamPacket(draft.seal()), on: .color)
        }
    }

    /// Makes a network that fails at its first picture, of whatever file.
    private struct Networks: LinkServices {
        func network(_ model: [UInt8], description: [UInt8]) throws -> Network {
            let done = Counter()
            return try ToldEngine.network { () throws(InferenceError) in
                done.add()
                if done.current == 1 { throw .picture(reason: "it is upside down") }
            }
        }
        func memory(of camera: CameraID) -> BoardMemory? { nil }
        func write(eeprom: [UInt8]?, of camera: CameraID) throws {}
    }

    private let camera: OneCamera
    private let outbox = LinkOutbox()
    private let cache = BlobCache(capacity: 1024)

    init() throws { camera = try OneCamera() }

    /// Lets a script create a pipeline.
    private func session(_ pipeline: String) -> LinkSession {
        let session = LinkSession(appliance: camera, services: Networks(), cache: cache, outbox: outbox, version: "0")
        session.handle(LinkMessage(.hello, number: 1, payload: Array(#"{"protocol": 1}"#.utf8)))
        session.handle(LinkMessage(.create, number: 2, payload: Array(pipeline.utf8)))
        return session
    }

    /// The next message of a kind, what comes before it left out.
    private func message(_ kind: LinkKind) -> String? {
        while case .message(let message)? = outbox.next() {
            if message.header.kind == kind.rawValue { return String(decoding: message.payload, as: UTF8.self) }
        }
        return nil
    }

    private func packet() -> LinkPacket? {
        guard case .packet(let packet, _)? = outbox.next() else { return nil }
        return packet
    }

    @Test func theNetworkGoesOnAndIsWatchedAndCounted() async throws {
        let digest = cache.keep([1], promised: 0)
        try await Blocking.run {
            let session = session(#"{"streams": [{"name": "metaout"}], "ai": {"blob": "\#(digest)"}}"#)
            #expect(message(.created) != nil)
            #expect(camera.stageMonitor.heartbeats.map(\.stage) == ["front client nn"])
            camera.publish(1)
            #expect(message(.gap)?.contains("it is upside down") == true)
            camera.publish(2)
            #expect(packet()?.sequence == 2)
            #expect(camera.stageMonitor.failures == 1)
            session.end()
            #expect(camera.stageMonitor.heartbeats.isEmpty)
        }
    }

    @Test func theVideoGoesOnAndIsWatchedAndCounted() async throws {
        try await Blocking.run {
            let session = session(#"{"streams": [{"name": "video"}], "video_config": {"profile": "mjpeg", "quality": 30}}"#)
            #expect(message(.created) != nil)
            #expect(camera.stageMonitor.heartbeats.map(\.stage) == ["front client video"])
            camera.publish(1, .depth16)
            #expect(message(.gap)?.contains("video: ") == true)
            camera.publish(2)
            #expect(packet()?.sequence == 2)
            #expect(camera.stageMonitor.failures == 1)
            session.end()
            #expect(camera.stageMonitor.heartbeats.isEmpty)
        }
    }
}
