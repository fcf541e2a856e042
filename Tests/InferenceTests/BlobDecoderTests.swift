// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import TestSupport
import Testing

@Suite("Region layers")
struct RegionLayerTests {
    /// One box in a grid of 2 × 2 cells of a 64 × 64 picture, two anchors, two classes.
    private func output() -> FixedEngine.Output {
        let (plane, numbers) = (4, 7)
        var values = [Float](repeating: 0, count: 2 * numbers * plane)
        // Second anchor, lower left cell.
        let start = numbers * plane + 2
        let box: [Float] = [0.5, 0.25, 0, log(0.5), 0.9, 0.2, 0.8]
        for (index, number) in box.enumerated() { values[start + index * plane] = number }
        return .init("region", [1, 2 * numbers * plane], values)
    }

    private func detections(_ region: ModelManifest.Region) throws -> [Detection] {
        let manifest = ModelManifest(
            family: .region, labels: ["a", "b"], input: .init(width: 64, height: 64), decoder: decoder(region))
        let network = try Network(manifest: manifest, engine: FixedEngine(input: [1, 3, 64, 64], [output()]))
        return try network.infer(Bench.frame(64, 64, .bgr24) { _ in 0 }).detections
    }

    private func decoder(_ region: ModelManifest.Region) -> ModelManifest.DecoderParameters {
        var decoder = ModelManifest.DecoderParameters()
        decoder.region = region
        return decoder
    }

    private func expectBox(_ found: [Detection]) throws {
        let detection = try #require(found.first)
        #expect(found.count == 1 && detection.label == 1)
        #expect(abs(detection.confidence - 0.72) < 1e-5)
        // Centre (0.5, 1.25) cells of 32 pixels; 20 wide, 8 high.
        let box = [detection.box.xMin, detection.box.yMin, detection.box.xMax, detection.box.yMax].map { $0 * 64 }
        for (number, expected) in zip(box, [6, 36, 26, 44] as [Float]) { #expect(abs(number - expected) < 0.01) }
    }

    @Test("a box is where its cell, its anchor and its exponents say (v3: masks, anchors in pixels)")
    func version3() throws {
        try expectBox(detections(.init(classes: 2, anchors: [9, 9, 5, 5, 20, 16], masks: [2: [0, 2]])))
    }

    @Test("without masks all anchors count, in cells (v2)")
    func version2() throws {
        try expectBox(detections(.init(classes: 2, anchors: [1, 1, 0.625, 0.5])))
    }

    @Test("outputs that fit no grid, and a region network without its grids, are refused")
    func refused() throws {
        #expect(throws: InferenceError.self) { try detections(.init(classes: 3, anchors: [1, 1, 2, 2])) }
        let manifest = ModelManifest(family: .region, input: .init(width: 64, height: 64))
        let error = #expect(throws: InferenceError.self) {
            try Network(manifest: manifest, engine: FixedEngine(input: [1, 3, 64, 64], [output()]))
        }
        #expect("\(String(describing: error))".contains("decoder.region"))
    }

    @Test("a manifest says the grids, and says them again when it is written")
    func manifest() throws {
        let text = """
            {"family": "region", "input": {"width": 416, "height": 416},
             "decoder": {"region": {"classes": 80, "anchors": [10, 14, 23, 27], "masks": {"side26": [0], "side13": [1]}}}}
            """
        let manifest = try ModelManifest(json: Array(text.utf8), source: "test")
        #expect(manifest.decoder.region == .init(classes: 80, anchors: [10, 14, 23, 27], masks: [26: [0], 13: [1]]))
        let again = try ModelManifest(json: Array(JSONEncoder().encode(manifest)), source: "again")
        #expect(again == manifest)
    }
}

@Suite("What hub clients say about networks")
struct HubNetworkConfigurationTests {
    private func read(_ text: String) throws -> HubNetworkConfiguration {
        try HubNetworkConfiguration(json: Array(text.utf8), source: "nn_config")
    }

    @Test("the three types are read; thresholds have the camera's defaults; unknown keys are ignored")
    func types() throws {
        #expect(
            try read(#"{"type": "Generic"}"#)
                == HubNetworkConfiguration(json: Array(#"{"type":"Generic","nn_config":null,"x":1}"#.utf8), source: ""))
        let mobile = try read(#"{"type": "MobileNet", "num_inference_threads": 1, "nn_config": {}}"#)
        #expect(mobile.decoding == .mobileNet(confidence: 0.5) && mobile.threads == 1)
        let yolo = try read(
            #"{"type": "YOLO", "nn_config": {"num_classes": 2, "anchors": [1, 2], "anchor_masks": {"side13": [0]}, "iou_threshold": 0.4}}"#
        )
        #expect(yolo.decoding == .yolo(.init(classes: 2, anchors: [1, 2], masks: [13: [0]]), confidence: 0.5, iou: 0.4))
        #expect(yolo.threads == 2)
        let described = try read(#"{"type": "YOLO", "nn_config": {"num_classes": 2, "coordinate_size": 4, "anchors": null}}"#)
        #expect(described.decoding == .yolo(nil, confidence: 0.5, iou: 0.5))
    }

    @Test("it decides how a network is decoded")
    func applied() throws {
        var manifest = ModelManifest(family: .raw, input: .init(width: 416, height: 416))
        try manifest.apply(read(#"{"type": "MobileNet", "nn_config": {"confidence_threshold": 0.3}}"#))
        #expect(manifest.family == .detectionOutput && manifest.thresholds.confidence == 0.3)
        try manifest.apply(read(#"{"type": "YOLO", "nn_config": {"num_classes": 1, "anchors": [1, 1]}}"#))
        #expect(manifest.family == .region && manifest.decoder.region?.classes == 1 && manifest.thresholds.iou == 0.5)
        try manifest.apply(read(#"{"type": "Generic"}"#))
        #expect(manifest.family == .raw)
        // Without anchors the outputs must show what they mean.
        let open = try read(#"{"type": "YOLO", "nn_config": {"confidence_threshold": 0.2}}"#)
        let error = #expect(throws: InferenceError.self) { try manifest.apply(open) }
        #expect("\(String(describing: error))".contains("anchors"))
        manifest.family = .yolox
        try manifest.apply(open)
        #expect(manifest.family == .yolox && manifest.thresholds.confidence == 0.2)
    }

    @Test(
        "what is wrong is named",
        arguments: [
            (#"{}"#, "type"), (#"{"type": "SSD"}"#, "type"), (#"{"type": "Generic", "nn_config": {}}"#, "nn_config"),
            (#"{"type": "YOLO"}"#, "nn_config"), (#"{"type": "MobileNet", "nn_config": {"num_classes": 3}}"#, "num_classes"),
            (#"{"type": "YOLO", "nn_config": {"num_classes": 0, "anchors": [1, 1]}}"#, "num_classes"),
            (#"{"type": "YOLO", "nn_config": {"num_classes": 1, "anchors": [1]}}"#, "anchors"),
            (
                #"{"type": "YOLO", "nn_config": {"num_classes": 1, "anchors": [1, 1], "anchor_masks": {"side13": [5]}}}"#,
                "anchor_masks"
            ),
            (#"{"type": "YOLO", "num_inference_threads": 0, "nn_config": null}"#, "num_inference_threads"),
        ])
    func wrong(text: String, field: String) {
        let error = #expect(throws: InferenceError.self) { try read(text) }
        #expect("\(String(describing: error))".contains(field))
    }
}
