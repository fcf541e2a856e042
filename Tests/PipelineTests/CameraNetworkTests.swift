// SPDX-License-Identifier: Apache-2.0
import Capture
import Codec
import Core
import Inference
import Logging
import Pipeline
import Settings
import TestSupport
import Testing

/// A graph whose camera runs the network and encodes the video.
@Suite(.enabled(if: SharedData.isRequired), .timeLimit(.minutes(2)))
struct CameraNetworkTests {
    private let hub: StreamHub

    init() throws { hub = StreamHub(camera: try #require(CameraID("test"))) }

    private func graph(_ yaml: String) throws -> CameraGraph {
        var format = CaptureFormat(
            lenses: [.color: LensFormat(width: 640, height: 360, pixels: .bgr24)], framesPerSecond: 30)
        format.deviceTasks = [.network, .video]
        let network = try Network.deferred(
            blob: SharedData.bytes("blobs/real_face_detection_retail_0004_v6_0/model.blob"), name: "blob"
        ) { (_) throws(InferenceError) in throw .picture(reason: "it is not to run here") }
        let configuration = try PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test"))
        return try CameraGraph(
            .init(configuration: configuration, format: format, calibration: nil, network: network), hub: hub,
            logger: Logger(label: "test"))
    }

    private func header(_ sequence: Int) -> FrameHeader {
        FrameHeader(
            camera: hub.camera, instance: .color, sequence: sequence,
            captured: Timestamp(nanoseconds: Int64(sequence) * 33_000_000), width: 640, height: 360, format: .bgr24)
    }

    private func picture(_ sequence: Int) -> CaptureDelivery {
        let draft = FramePool.standalone(header(sequence))
        draft.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: UInt8(sequence)) }
        return .frame(draft.seal())
    }

    /// A face, label 1, certain by three quarters, as a row of DetectionOutput.
    private func tensors(_ sequence: Int) -> CaptureDelivery {
        let layout = TensorLayout([TensorDescription(name: "detection_out", shape: [1, 1, 200, 7], element: .float16)])
        let draft = FramePool.standalone(layout.memoryHeader(header(sequence)))
        let row: [Float16] = [0, 1, 0.75, 0.25, 0.125, 0.5, 0.625]
        draft.withUnsafeMutableBytes { memory in
            _ = memory.initializeMemory(as: UInt8.self, repeating: 0)
            let halves = memory.assumingMemoryBound(to: UInt16.self)
            for (index, value) in row.enumerated() { halves[index] = value.bitPattern }
            halves[7] = Float16(-1).bitPattern
        }
        return .tensors(CaptureTensors(header: header(sequence), layout: layout, memory: draft.seal()))
    }

    private func next(_ subscription: Subscription) throws -> StreamPacket {
        try #require(subscription.mailbox.next(until: .now().advanced(byNanoseconds: 20_000_000_000)))
    }

    /// Cut to a square in the middle, boxes are of the whole picture again.
    @Test func itsOutputsBecomeDetectionsAsThoseOfTheBoxDo() async throws {
        let graph = try graph("streams: [metaout, object_tracker]\nai: {keep_aspect_ratio: true}")
        #expect(graph.plan.placements == [.network: .device])
        try await Blocking.run {
            let results = hub.subscribe(.metaout)
            graph.ingest(picture(3))
            graph.ingest(tensors(3))
            guard case .detections(let set) = try next(results).payload else {
                Issue.record("no detections")
                return
            }
            #expect(set.origin.frame == header(3))
            let face = try #require(set.detections.first)
            #expect(set.detections.count == 1 && face.label == 1 && face.confidence == 0.75)
            let (left, wide) = (Float(140) / 640, Float(360) / 640)
            #expect(abs(face.box.xMin - (left + 0.25 * wide)) < 0.001 && abs(face.box.xMax - (left + 0.5 * wide)) < 0.001)
            #expect(abs(face.box.yMin - 0.125) < 0.001 && abs(face.box.yMax - 0.625) < 0.001)
            graph.stop()
        }
    }

    /// Pictures are shown of the exposures that the network has looked at, and are drawn while somebody looks.
    @Test func previewsAreOfThePicturesTheNetworkSaw() async throws {
        let graph = try graph("streams: [previewout, metaout]")
        try await Blocking.run {
            let (previews, results) = (hub.subscribe(.previewout), hub.subscribe(.metaout, capacity: 4))
            graph.ingest(picture(1))
            graph.ingest(picture(2))
            graph.ingest(tensors(1))
            let packet = try next(previews)
            guard case .frame(let seen) = packet.payload else {
                Issue.record("no picture")
                return
            }
            #expect(packet.sequence == 1 && seen.header.width == 300 && seen.header.format == .bgrPlanar)
            #expect(seen.withUnsafeBytes { $0[45_150] } == 1)
            _ = try next(results)
            graph.stop()
        }
    }

    @Test func videoOfTheCameraIsPublishedAsItIs() async throws {
        let graph = try graph("streams: [video]")
        try await Blocking.run {
            let listener = hub.subscribe(.video, capacity: 4)
            for number in 1...2 {
                graph.ingest(
                    .encoded(
                        EncodedPicture(
                            .h264, bytes: [0, 0, 1, 9], isKey: number == 1, number: number, width: 640, height: 360,
                            sequence: number, captured: header(number).captured)))
            }
            for number in 1...2 {
                let packet = try next(listener)
                guard case .video(let video) = packet.payload else {
                    Issue.record("no video")
                    return
                }
                #expect(packet.sequence == number && video.number == number && video.units.isKey == (number == 1))
                #expect(video.coding == .h264 && video.width == 640 && video.units.bytes == [0, 0, 1, 9])
            }
            graph.stop()
        }
    }
}
