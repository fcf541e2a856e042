// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import TestSupport
import Testing

/// The whole pipeline with a network as a blob, beside the network the blob was compiled from.
@Suite(.enabled(if: SharedData.isRequired)) struct BlobPipelineTests {
    private struct Detection {
        var label: Int
        var confidence: Double
        var box: NormalizedBox
    }

    @Test(arguments: ["v5_0", "v6_0", "v2021_4", "v2022_1"])
    func aBlobPublishesTheSameDetectionsAsItsONNXNetwork(version: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("blob-\(UUID().uuidString)")
        let pictures = folder.appendingPathComponent("color")
        try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(
            at: SharedData.url("images/ulf_10.jpg"), to: pictures.appendingPathComponent("1.jpg"))

        let onnx = try await published("models/omz/face-detection-retail-0004.converted.onnx", folder)
        let blob = try await published("blobs/real_face_detection_retail_0004_\(version)/model.blob", folder)
        #expect(onnx.count >= 5 && blob.count == onnx.count)
        for face in onnx {
            let twin = try #require(
                blob.max { $0.box.intersectionOverUnion(face.box) < $1.box.intersectionOverUnion(face.box) })
            #expect(twin.box.intersectionOverUnion(face.box) >= 0.8)
            #expect(twin.label == face.label && abs(twin.confidence - face.confidence) <= 0.02)
        }
    }

    /// What a daemon that replays the folder with a model publishes.
    private func published(_ model: String, _ folder: URL) async throws -> [Detection] {
        let settings = [
            "cameras.0.id=rec", "cameras.0.source=replay", "cameras.0.replay.folder=\(folder.path)",
            "cameras.0.pipeline.ai.model=\(SharedData.url(model).path)",
        ]
        return try await withDaemon(settings.flatMap { ["--set", $0] }) { daemon in
            var result: [String: Any] = [:]
            for _ in 0..<200 where result["objects"] == nil {
                result = try await Command.json("\(daemon.base)/api/v1/cameras/rec/streams/metaout/latest")
            }
            let objects = try #require(result["objects"] as? [[String: Any]], "\(result)")
            return try objects.map { object in
                let edges = try #require(object["box"] as? [Double])
                return Detection(
                    label: try #require(object["label"] as? Int), confidence: try #require(object["confidence"] as? Double),
                    box: NormalizedBox(
                        xMin: Float(edges[0]), yMin: Float(edges[1]), xMax: Float(edges[2]), yMax: Float(edges[3])))
            }
        }
    }
}
