// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Fusion
import Pipeline
import Testing

struct ConfigurationTests {
    private func read(_ json: String) throws -> LinkConfiguration { try LinkConfiguration(json: Array(json.utf8)) }

    private static let digest = String(repeating: "0a", count: 32)

    @Test func leftOutKeysHaveGen1sValues() throws {
        let configuration = try read(#"{"streams": [{"name": "left", "max_fps": 12.5}, {"name": "depth_raw"}]}"#)
        #expect(configuration.streams.map(\.name) == [.left, .depth])
        #expect(configuration.streams.map(\.maximumFramesPerSecond) == [12.5, nil])
        #expect(configuration.generation == .detections)
        #expect(configuration.network == nil)
        #expect(configuration.depth.paddingFactor == 0.3)
        #expect(configuration.depth.mirrorsRectified)
        #expect(configuration.tracking.maximumTracklets == 20)
        #expect(configuration.monoSize == nil)
    }

    /// The example of the recovered contract.
    @Test func theMapToDepthIsGen1s() throws {
        let map = try read(#"{"streams": [], "camera": {"mono": {"resolution_h": 720, "resolution_w": 1280}}}"#).networkToDepth
        #expect([map.offsetX, map.offsetY, map.width, map.height] == [299, 59, 681, 681])
    }

    @Test func theNetworkIsDescribedInGen1sWords() throws {
        let json = """
            {"generation": "C", "streams": [], "ai": {"blob": "\(Self.digest)", "camera_input": "left_right",
             "output": "detection", "family": "YOLO", "confidence_threshold": 0.25,
             "yolo": {"classes": 3, "coordinates": 4, "anchors": [10, 14.5], "anchor_masks": {"side26": [0]}, "iou_threshold": 0.4}}}
            """
        let network = try #require(try read(json).network)
        #expect(network.stages == [Self.digest])
        #expect(network.input.streams == [.left, .right])
        let text = String(decoding: network.description, as: UTF8.self)
        for piece in [#""NN_family":"YOLO""#, #""classes":3"#, "14.5", #""side26":[0]"#, #""iou_threshold":0.4"#] {
            #expect(text.contains(piece), "\(piece) in \(text)")
        }
    }

    @Test(arguments: [
        (#"{"streams": [{"name": "nothing"}]}"#, "streams.0.name"),
        (#"{"streams": [], "depth": {"padding_factor": 2}}"#, "depth.padding_factor"),
        (#"{"streams": [], "ai": {"blob": "abc"}}"#, "ai.blob"),
        (#"{"streams": 7}"#, "streams"),
        ("[", "pipeline"),
    ])
    func whatCannotBeIsRefusedByName(json: String, field: String) {
        #expect(throws: LinkRefusal.self) { try read(json) }
        do { _ = try read(json) } catch let refusal as LinkRefusal { #expect(refusal.field == field) } catch {}
    }

    /// A rate of 0 is none; the lens's rate is that of every stream that comes from it.
    @Test func lensesHaveRatesAndVideoItsForm() throws {
        let json = """
            {"streams": [{"name": "previewout"}], "ai": {"camera_input": "left", "keep_aspect_ratio": false},
             "camera": {"mono": {"resolution_h": 400, "resolution_w": 640, "fps": 12}}, "video_config": {"profile": "mjpeg"}}
            """
        let configuration = try read(json)
        #expect(configuration.lensRate(of: .depth) == 12)
        #expect(configuration.lensRate(of: .color) == nil)
        #expect(configuration.video?.profile == .mjpeg)
        #expect(configuration.previewInput == .left)
        #expect(configuration.seesPreview && !configuration.keepsAspect)
        #expect { try read(#"{"streams": [], "video_config": {"profile": "h265_main"}}"#) } throws: {
            ($0 as? LinkRefusal)?.field == "video_config.profile"
        }
    }

    @Test func twoStagesNeedDetectionsBetweenThem() {
        let json = #"{"streams": [], "ai": {"blob": "\#(Self.digest)", "blob2": "\#(Self.digest)", "output": "raw"}}"#
        #expect { try read(json) } throws: { ($0 as? LinkRefusal)?.field == "ai.output" }
    }
}
