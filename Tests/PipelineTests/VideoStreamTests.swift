// SPDX-License-Identifier: Apache-2.0
import Capture
import Codec
import Core
import Logging
import Pipeline
import Settings
import TestSupport
import Testing

/// The `video` stream of a running graph.
@Suite(.enabled(if: OpenH264Encoder.problem == nil))
struct VideoStreamTests {
    private let hub: StreamHub

    init() throws {
        hub = StreamHub(camera: try #require(CameraID("test")))
    }

    private func graph(_ yaml: String) throws -> CameraGraph {
        let format = CaptureFormat(
            lenses: [.color: LensFormat(width: 64, height: 48, pixels: .bgr24)], framesPerSecond: 30)
        let configuration = try PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test"))
        return try CameraGraph(
            .init(configuration: configuration, format: format, calibration: nil, network: nil), hub: hub,
            logger: Logger(label: "test"))
    }

    private func frame(_ sequence: Int) -> Frame {
        let draft = FramePool.standalone(
            FrameHeader(
                camera: hub.camera, instance: .color, sequence: sequence,
                captured: Timestamp(nanoseconds: Int64(sequence) * 33_000_000), width: 64, height: 48, format: .bgr24))
        draft.withUnsafeMutableBytes {
            for index in $0.indices { $0[index] = UInt8(truncatingIfNeeded: index / 3 + sequence * 5) }
        }
        return draft.seal()
    }

    /// The packet that a picture becomes.
    private func packet(_ subscription: Subscription) throws -> VideoPacket {
        let packet = try #require(subscription.mailbox.next(until: .now().advanced(byNanoseconds: 20_000_000_000)))
        guard case .video(let video) = packet.payload else { throw CodecError.encodingFailed("no video") }
        return video
    }

    @Test func oneEncoderServesAllWhoListenAndWhoJoinsGetsAKeyFrame() async throws {
        let graph = try graph("streams: [video]\nvideo_config: {keyframeFrequency: 1000, profile: h264_main, bitrate: 300000}")
        try await Blocking.run {
            // Before anybody listens nothing is encoded.
            for sequence in 0..<5 { graph.ingest(frame(sequence)) }
            let first = hub.subscribe(.video)
            var keys: [Bool] = []
            for sequence in 5..<10 {
                graph.ingest(frame(sequence))
                let video = try packet(first)
                #expect(video.number == sequence - 4 && video.width == 64 && video.height == 48 && video.coding == .h264)
                #expect((video.units.unit(ofType: 7)?[1] == 77) == video.units.isKey)
                keys.append(video.units.isKey)
            }
            #expect(keys == [true, false, false, false, false])
            let second = hub.subscribe(.video)
            graph.ingest(frame(10))
            let (one, two) = (try packet(first), try packet(second))
            #expect(one.units.isKey && one.units == two.units && one.number == 6)
            graph.ingest(frame(11))
            #expect(try !packet(second).units.isKey)
            // Nobody listens any more: the encoder ends, and the next listener's begins with a key frame.
            for listener in [first, second] { listener.cancel() }
            graph.ingest(frame(12))
            let third = hub.subscribe(.video)
            graph.ingest(frame(13))
            #expect(try packet(third).units.isKey)
            graph.stop()
        }
    }

    @Test func withoutAConfigurationEveryPictureIsAKeyFrameOfBaseline() async throws {
        let graph = try graph("")
        try await Blocking.run {
            let listener = hub.subscribe(.video)
            for sequence in 0..<4 {
                graph.ingest(frame(sequence))
                let units = try packet(listener).units
                #expect(units.isKey && units.unit(ofType: 7)?[1] == 66)
            }
            graph.stop()
        }
    }

    @Test func mjpegIsOneJPEGAfterTheOther() async throws {
        let graph = try graph("streams: [video]\nvideo_config: {profile: mjpeg, quality: 30}")
        #expect(graph.videoPlace == nil)
        try await Blocking.run {
            let listener = hub.subscribe(.video)
            graph.ingest(frame(0))
            let video = try packet(listener)
            #expect(video.coding == .mjpeg && video.units.bytes.starts(with: [0xFF, 0xD8]) && video.units.isKey)
            graph.stop()
        }
    }

    @Test func theHubShowsWhatIsEncodedAlready() throws {
        let branches = AttachedNetworks(hub: hub, monitor: StageMonitor(logger: Logger(label: "test")))
        let plain = branches.pictures(at: .color)
        #expect(plain.stream == .color)
        branches.setVideo(of: .color)
        // Who looks comes back for the stream that is made now.
        #expect(plain.isCancelled)
        let encoded = branches.pictures(at: .color)
        #expect(encoded.stream == .video && branches.pictures(at: .left).stream == .left)
        branches.setVideo(of: .color)
        #expect(!encoded.isCancelled)
        branches.setVideo(of: nil)
        #expect(encoded.isCancelled)
    }

    @Test func theGateOpensAtAKeyPictureAndShutsAfterALoss() {
        var gate = VideoGate()
        let seen = [(1, false), (2, true), (3, false), (5, false), (6, false), (7, true), (8, false)].map {
            gate.admits(number: $0.0, isKey: $0.1)
        }
        #expect(seen == [false, true, true, false, false, true, true])
        gate.lose()
        #expect([(9, false), (10, true)].map { gate.admits(number: $0.0, isKey: $0.1) } == [false, true])
    }
}
