// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import Testing

@Suite("Model manifests")
struct Manifests {
    private static let minimal = #"{"family": "yolox", "input": {"width": 416, "height": 320}}"#

    private func error(_ json: String) -> InferenceError? {
        do throws(InferenceError) {
            _ = try ModelManifest(json: Array(json.utf8), source: "m.json")
            return nil
        } catch { return error }
    }

    @Test("what is left out gets the family's defaults")
    func defaults() throws {
        let manifest = try ModelManifest(json: Array(Self.minimal.utf8), source: "m.json")
        #expect(manifest == ModelManifest(family: .yolox, input: .init(width: 416, height: 320)))
        #expect(manifest.thresholds.confidence == 0.3 && manifest.thresholds.iou == 0.45)
    }

    @Test("a manifest survives being written and read again")
    func roundTrip() throws {
        let manifest = ModelManifest(
            family: .detectionOutput, labels: ["unknown", "face"],
            input: .init(width: 300, height: 200, resize: .crop, pad: 3, color: .rgb, layout: .interleaved, mean: [1, 2, 3]),
            decoder: .init(strides: [4], landmarks: 2), thresholds: .init(confidence: 0.25, iou: 0.5, maximumDetections: 7),
            sha256: String(repeating: "a1", count: 32))
        #expect(try ModelManifest(json: Array(JSONEncoder().encode(manifest)), source: "m.json") == manifest)
    }

    @Test(
        "a wrong field is refused by its name",
        arguments: [
            (#"{"family": "yolo9", "input": {"width": 64, "height": 64}}"#, "family"),
            (#"{"input": {"width": 64, "height": 64}}"#, "family"),
            (#"{"family": "raw"}"#, "input"),
            (#"{"family": "raw", "input": {"width": 7, "height": 64}}"#, "input.width"),
            (#"{"family": "raw", "input": {"width": 64, "height": 1e300}}"#, "input.height"),
            (#"{"family": "raw", "input": {"width": 64, "height": 64, "pad": 256}}"#, "input.pad"),
            (#"{"family": "raw", "input": {"width": 64, "height": 64, "mean": [1]}}"#, "input.mean"),
            (#"{"family": "raw", "input": {"width": 64, "height": 64, "scale": [1, 0, 1]}}"#, "input.scale"),
            (#"{"family": "raw", "input": {"width": 64, "height": 64, "depth": 3}}"#, "input.depth"),
            (#"{"family": "raw", "input": {"width": 64, "height": 64, "resize": "fit"}}"#, "input.resize"),
            (#"{"family": "raw", "input": {"width": 64, "height": 64}, "extra": 1}"#, "extra"),
            (#"{"family": "raw", "input": {"width": 64, "height": 64}, "labels": [1]}"#, "labels[0]"),
            (#"{"family": "raw", "input": {"width": 64, "height": 64}, "sha256": "beef"}"#, "sha256"),
            (#"{"family": "yolox", "input": {"width": 64, "height": 64}, "decoder": {"strides": [0]}}"#, "decoder.strides"),
            (#"{"family": "yolox", "input": {"width": 64, "height": 64}, "decoder": {"bins": 1}}"#, "decoder.bins"),
            (
                #"{"family": "yolox", "input": {"width": 64, "height": 64}, "thresholds": {"confidence": 1.5}}"#,
                "thresholds.confidence"
            ),
            (
                #"{"family": "yolox", "input": {"width": 64, "height": 64}, "thresholds": {"maximum_detections": 0}}"#,
                "thresholds.maximum_detections"
            ),
            ("", "file"), ("[]", "file"), ("nonsense", "file"),
        ])
    func refusals(json: String, field: String) {
        guard case .manifest("m.json", field, let reason) = error(json) else {
            Issue.record("\(json): \(String(describing: error(json)))")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("a manifest cut anywhere is refused and never crashes")
    func truncated() {
        for length in 0..<Self.minimal.utf8.count { #expect(error(String(Self.minimal.prefix(length))) != nil) }
    }

    @Test("a bare model of no known signature is not recognised")
    func unrecognised() {
        let image = TensorDescription(name: "in", shape: [1, 3, 224, 224], element: .float32)
        for shape in [[1, 1000], [1, 3, 224, 224], [1, 100, 7]] {
            let output = TensorDescription(name: "out", shape: shape, element: .float32)
            #expect(ModelManifest.recognise(inputs: [image], outputs: [output]) == nil)
        }
        #expect(ModelManifest.recognise(inputs: [], outputs: []) == nil)
    }

    @Test("rows of seven numbers are recognised as DetectionOutput")
    func detectionRows() {
        let manifest = ModelManifest.recognise(
            inputs: [TensorDescription(name: "data", shape: [1, 3, 300, 300], element: .float32)],
            outputs: [TensorDescription(name: "out", shape: [1, 1, 100, 7], element: .float32)])
        #expect(manifest?.family == .detectionOutput && manifest?.input.width == 300)
    }
}
