// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import TestSupport
import Testing

/// A network with boxes that somebody else's program found (Python, ONNX Runtime 1.31, OpenCV's resize).
struct GoldenNetwork: Sendable, CustomTestStringConvertible {
    /// Its name in `golden.json`.
    var name: String
    var path: String
    /// The confidence below which the golden file leaves boxes out.
    var threshold: Float
    /// Boxes in the golden file, so that a test which compares nothing cannot pass.
    var boxes: Int
    var labels: [String]?
    var manifest: ModelManifest?
    var testDescription: String { name }

    static let all: [GoldenNetwork] = [
        .init(name: "yolox_nano_416", path: "yolox/yolox_nano.onnx", threshold: 0.3, boxes: 157),
        .init(name: "fastestdet_352", path: "fastestdet/FastestDet.onnx", threshold: 0.65, boxes: 123),
        .init(name: "nanodet_m_320", path: "nanodet/nanodet_m.converted.onnx", threshold: 0.4, boxes: 124),
        .init(name: "ultraface_rfb320", path: "ultraface/version-RFB-320.onnx", threshold: 0.7, boxes: 131),
        .init(name: "yunet_n_320", path: "yunet/yunet_n_320_320.onnx", threshold: 0.7, boxes: 144),
        .init(name: "yunet_n_320", path: "yunet/yunet_n_dynamic.onnx", threshold: 0.7, boxes: 144),
        .init(
            name: "face_detection_retail_0004", path: "omz/face-detection-retail-0004.converted.onnx", threshold: 0.5,
            boxes: 84, labels: ["unknown", "face"]),
        .init(
            name: "person_detection_retail_0013", path: "omz/person-detection-retail-0013.converted.onnx", threshold: 0.5,
            boxes: 101, labels: ["unknown", "person"]),
        .init(
            name: "hyperlpr_y5fu_320", path: "hyperlpr/y5fu_320x_sim.onnx", threshold: 0.6, boxes: 6,
            manifest: ModelManifest(
                family: .yolov5, labels: ["plate_single", "plate_double"],
                input: .init(
                    width: 320, height: 320, resize: .letterbox, pad: 0, color: .rgb, scale: [1 / 255, 1 / 255, 1 / 255]),
                decoder: .init(landmarks: 4))),
    ]

    func load() throws -> Network {
        let model = try SharedData.bytes("models/\(path)")
        let network = try Network.load(
            model: model, name: name, manifest: manifest, runtime: TestRuntime.found.get(), threads: 1)
        return network
    }

    func name(of label: Int, in network: Network) -> String { (labels ?? network.labels)[label] }
}

/// One box of `golden.json`, in pixels of the photograph.
struct GoldenBox: Decodable {
    var label: String
    var confidence: Float
    var box: [Float]
}

/// What `golden.json` says about one photograph.
struct GoldenImage: Decodable {
    var size: [Float]
    var boxes: [String: [GoldenBox]]

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        size = try fields.decode([Float].self, forKey: Key(stringValue: "size"))
        boxes = [:]
        for key in fields.allKeys where key.stringValue != "size" {
            boxes[key.stringValue] = try fields.decode([GoldenBox].self, forKey: key)
        }
    }
}

private struct GoldenFile: Decodable {
    var images: [String: GoldenImage]
}

@Suite("Agreement with other programs on photographs", .enabled(if: SharedData.isRequired && TestRuntime.isRequired))
struct GoldenAgreement {
    /// Every golden box is found with the same label, IoU ≥ 0.5 and a confidence within 0.1. A box of ours that has no
    /// golden partner may have a confidence of at most 0.5, or of the golden file's own threshold and the tolerance.
    @Test("every network finds the golden boxes on every photograph and no others", arguments: GoldenNetwork.all)
    func boxes(golden: GoldenNetwork) throws {
        let file = try JSONDecoder().decode(GoldenFile.self, from: Data(SharedData.bytes("images/golden.json")))
        let network = try golden.load()
        var compared = 0
        for (photograph, expected) in file.images.sorted(by: { $0.key < $1.key }) {
            let wanted = try #require(expected.boxes[golden.name])
            let frame = try Bench.photograph(photograph)
            #expect(frame.header.width == Int(expected.size[0]) && frame.header.height == Int(expected.size[1]))
            var found = try network.infer(frame, confidence: golden.threshold - 0.1).detections
            for box in wanted {
                let target = NormalizedBox(
                    xMin: box.box[0] / expected.size[0], yMin: box.box[1] / expected.size[1],
                    xMax: box.box[2] / expected.size[0], yMax: box.box[3] / expected.size[1])
                let partner = found.indices.filter {
                    golden.name(of: found[$0].label, in: network) == box.label
                        && abs(found[$0].confidence - box.confidence) <= 0.1
                        && found[$0].box.intersectionOverUnion(target) >= 0.5
                }.max { found[$0].box.intersectionOverUnion(target) < found[$1].box.intersectionOverUnion(target) }
                if let partner {
                    found.remove(at: partner)
                    compared += 1
                } else {
                    Issue.record("\(photograph): \(box.label) \(box.confidence) at \(box.box) was not found")
                }
            }
            for extra in found where extra.confidence > max(0.5, golden.threshold + 0.02) {
                Issue.record("\(photograph): nobody else found \(extra)")
            }
        }
        #expect(compared == golden.boxes)
    }
}
