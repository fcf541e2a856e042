// SPDX-License-Identifier: Apache-2.0
import Foundation
import Inference
import TestSupport
import Testing

@Suite("gen1 blob configurations")
struct BlobConfigurations {
    private static let folder = "depthai/blob-config"

    private func configuration(_ json: String) throws -> BlobConfiguration {
        try BlobConfiguration(json: Array(json.utf8), source: "b.json")
    }

    private func file(_ path: String) throws -> BlobConfiguration {
        try BlobConfiguration(json: SharedData.bytes("\(Self.folder)/\(path)"), source: path)
    }

    @Test("every published configuration of both eras is read", .enabled(if: SharedData.isRequired))
    func everyFile() throws {
        let root = SharedData.url(Self.folder)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".json") }
        #expect(paths.count == 40)
        for path in paths {
            let configuration = try file(path)
            #expect(configuration.tensors.isEmpty == path.hasPrefix("gen1-"), "\(path)")
            for tensor in configuration.tensors { #expect(tensor.elementsPerEntry > 0) }
        }
    }

    @Test("the seed-era MobileNet-SSD names its tensor, its ten properties and its labels", .enabled(if: SharedData.isRequired))
    func seedEra() throws {
        let configuration = try file("seed-era-b9269957/mobilenet-ssd_depth.json")
        #expect(configuration.family == .mobilenet && configuration.confidenceThreshold == nil)
        #expect(configuration.labels.count == 21 && configuration.labels[15] == "person")
        let tensor = try #require(configuration.tensors.first)
        #expect(tensor.name == "out" && tensor.elementsPerEntry == 10 && tensor.element == .float16)
        #expect(tensor.propertyKeys[3].last == "distance_z")
        #expect(try file("seed-era-b9269957/tiny-yolo.json").family == .raw)
    }

    @Test("the NN_config form gives family, threshold and YOLO's anchors", .enabled(if: SharedData.isRequired))
    func networkConfiguration() throws {
        let mobilenet = try file("gen1-v1.0.0.0/mobilenet-ssd.json")
        #expect(mobilenet.family == .mobilenet && mobilenet.confidenceThreshold == 0.5)
        let tiny = try file("gen1-v1.0.0.0/tiny-yolo-v3.json")
        guard case .yolo(let yolo) = tiny.family else {
            Issue.record("not YOLO")
            return
        }
        #expect(yolo.classes == 80 && yolo.anchors.count == 12 && yolo.anchorMasks == [26: [1, 2, 3], 13: [3, 4, 5]])
        #expect(tiny.confidenceThreshold == 0.5 && yolo.iouThreshold == 0.5 && tiny.labels.count == 80)
        #expect(try file("gen1-v1.0.0.0/emotions-recognition-retail-0003.json").family == .raw)
    }

    @Test("a configuration cut anywhere is refused and never crashes", .enabled(if: SharedData.isRequired))
    func truncated() throws {
        for path in ["seed-era-b9269957/tiny-yolo.json", "gen1-v1.0.0.0/mobilenet-ssd.json"] {
            let whole = try SharedData.bytes("\(Self.folder)/\(path)")
            let end = try #require(whole.lastIndex(of: UInt8(ascii: "}")))
            for length in 0..<end {
                #expect(throws: InferenceError.self) {
                    try BlobConfiguration(json: Array(whole[..<length]), source: path)
                }
            }
        }
    }

    @Test(
        "a wrong field is refused by its name",
        arguments: [
            ("{}", "tensors"), (#"{"tensors": []}"#, "tensors"), (#"{"tensors": [{}]}"#, "tensors[0].output_tensor_name"),
            (#"{"NN_config": {}}"#, "NN_config.output_format"),
            (#"{"NN_config": {"output_format": "boxes"}}"#, "NN_config.output_format"),
            (#"{"NN_config": {"output_format": "detection", "NN_family": "ssd"}}"#, "NN_config.NN_family"),
            (#"{"NN_config": {"output_format": "raw", "confidence_threshold": 2}}"#, "NN_config.confidence_threshold"),
            (#"{"NN_config": {"output_format": "raw"}, "mappings": {"labels": "a"}}"#, "mappings.labels"),
        ])
    func refusals(json: String, field: String) throws {
        let error = #expect(throws: InferenceError.self) { try configuration(json) }
        guard case .blobConfiguration("b.json", field, _)? = error else {
            Issue.record("\(json): \(String(describing: error))")
            return
        }
    }

    @Test(
        "sizes and indices that would overflow or point outside are refused",
        arguments: [
            ("[65536, 65536, 65536, 65536]", "0", "output_dimensions"), ("[1, 0]", "0", "output_dimensions"),
            ("[1, 4]", "2", "output_entry_iteration_index"), ("[1, 4]", "-1", "output_entry_iteration_index"),
        ])
    func hostile(dimensions: String, index: String, field: String) throws {
        let json = """
            {"tensors": [{"output_tensor_name": "o", "output_dimensions": \(dimensions), "output_entry_iteration_index": \
            \(index), "output_properties_dimensions": [0], "property_key_mapping": [], "output_properties_type": "f16"}]}
            """
        let error = #expect(throws: InferenceError.self) { try configuration(json) }
        guard case .blobConfiguration(_, "tensors[0].\(field)", _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a gen1 program's labels and threshold win over the manifest's, and raw switches the decoder off")
    func applied() throws {
        var manifest = ModelManifest(family: .ssd, labels: ["a"], input: .init(width: 300, height: 300))
        manifest.apply(
            try configuration(
                """
                {"NN_config": {"output_format": "detection", "NN_family": "mobilenet", "confidence_threshold": 0.7},
                 "mappings": {"labels": ["x", "y"]}}
                """))
        #expect(manifest.labels == ["x", "y"] && manifest.thresholds.confidence == 0.7 && manifest.family == .ssd)
        manifest.apply(try configuration(#"{"NN_config": {"output_format": "raw"}}"#))
        #expect(manifest.family == .raw)
    }
}
