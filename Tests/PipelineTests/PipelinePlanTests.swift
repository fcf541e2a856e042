// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Pipeline
import Settings
import Testing

struct PipelinePlanTests {
    private static let everything = PipelinePlan.Circumstances(
        lenses: [.left, .right, .color], isCalibrated: true, hasNetwork: true)

    private func plan(_ yaml: String, _ circumstances: PipelinePlan.Circumstances = everything) throws -> PipelinePlan {
        try PipelinePlan(PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test")), circumstances)
    }

    private func refused(_ yaml: String, _ circumstances: PipelinePlan.Circumstances) -> PipelineRefusal? {
        do {
            _ = try plan(yaml, circumstances)
            return nil
        } catch {
            return error as? PipelineRefusal
        }
    }

    @Test func aFullCameraOffersEveryStream() throws {
        #expect(try Set(plan("").outputs.keys) == Set(StreamName.allCases).subtracting([.imu]))
        var moving = Self.everything
        moving.sensesMotion = true
        #expect(try Set(plan("", moving).outputs.keys) == Set(StreamName.allCases))
    }

    @Test func aPlainStreamNeedsOnlyTheCamera() throws {
        let plan = try plan("streams: [left]")
        #expect(plan.nodes == [.capture])
        #expect(plan.outputs == [.left: PipelinePort(.capture, "left")])
        #expect(plan.edges.isEmpty)
    }

    @Test func depthBringsItsWholeChain() throws {
        let plan = try plan("streams: [depth]")
        #expect(plan.nodes == [.capture, .pair, .rectify, .stereo, .depth])
        #expect(plan.edges.contains { $0.from == PipelinePort(.rectify, "pair") && $0.to == PipelinePort(.stereo, "pair") })
    }

    /// What a camera measures itself is not matched here, unless the owner wants that.
    @Test func depthOfTheCameraTakesThePlaceOfTheMatchers() throws {
        var measuring = Self.everything
        measuring.deviceTasks = [.depth]
        let plan = try plan("streams: [depth, disparity, metaout]", measuring)
        #expect(plan.nodes == [.capture, .depth, .disparityPicture, .network, .fusion])
        #expect(plan.takesCameraDepth)
        let here = try self.plan("streams: [depth]\ndepth: {placement: host}", measuring)
        #expect(here.nodes.contains(.stereo) && !here.takesCameraDepth)
        #expect(try !self.plan("streams: [depth]").takesCameraDepth)
    }

    @Test func depthOfACameraThatMeasuresNoneIsRefusedByItsKey() throws {
        let words = try #require(refused("streams: [depth]\ndepth: {placement: device}", Self.everything)).problem
        #expect(words.contains("depth.placement") && words.contains("use auto or host"))
        var raw = PipelinePlan.Circumstances(lenses: [.left, .right], isCalibrated: false, hasNetwork: false)
        raw.deviceTasks = [.depth]
        #expect(try #require(refused("streams: [depth]", raw)).problem.contains("depth.calibration"))
    }

    @Test func resultsBringDepthOnlyWhenDistancesAreWanted() throws {
        #expect(try plan("streams: [metaout]").nodes.contains(.depth))
        #expect(try !plan("streams: [metaout]\nai: {calc_dist_to_bb: false}").nodes.contains(.depth))
        let color = PipelinePlan.Circumstances(lenses: [.color], isCalibrated: false, hasNetwork: true)
        #expect(try plan("streams: [object_tracker]", color).nodes == [.capture, .network, .fusion, .tracker])
    }

    @Test func theNetworkSeesWhatItWasTold() throws {
        #expect(try plan("streams: [metaout]").networkInput == PipelinePort(.capture, "rgb"))
        #expect(
            try plan("streams: [metaout]\nai: {camera_input: rectified_right}").networkInput == PipelinePort(.rectify, "right"))
    }

    @Test func withoutAColourCameraTheRightOneServes() throws {
        let stereo = PipelinePlan.Circumstances(lenses: [.left, .right], isCalibrated: true, hasNetwork: true)
        #expect(try plan("streams: [metaout, jpegout]", stereo).networkInput == PipelinePort(.capture, "right"))
    }

    @Test func aMissingLensIsRefusedByNodeAndPort() throws {
        let color = PipelinePlan.Circumstances(lenses: [.color], isCalibrated: true, hasNetwork: true)
        let refusal = try #require(refused("streams: [depth]", color))
        #expect(refusal.field == "streams")
        #expect(refusal.problem.contains("'depth'"))
        #expect(refusal.problem.contains("capture.left"))
        #expect(refusal.problem.contains("it has rgb"))
    }

    @Test func depthWithoutCalibrationIsRefusedWithARemedy() throws {
        let raw = PipelinePlan.Circumstances(lenses: [.left, .right], isCalibrated: false, hasNetwork: true)
        let refusal = try #require(refused("streams: [disparity]", raw))
        #expect(refusal.problem.contains("rectify.calibration"))
        #expect(refusal.problem.contains("depth.calibration_file"))
    }

    @Test func resultsWithoutANetworkAreRefused() throws {
        let bare = PipelinePlan.Circumstances(lenses: [.color], isCalibrated: false, hasNetwork: false)
        #expect(try #require(refused("streams: [metaout]", bare)).problem.contains("network.model"))
    }

    @Test func askingForEverythingGetsWhatIsPossible() throws {
        let bare = PipelinePlan.Circumstances(lenses: [.color], isCalibrated: false, hasNetwork: false)
        #expect(try Set(plan("", bare).outputs.keys) == [.color, .jpegout, .video, .metaD2H])
    }

    @Test(arguments: [
        ("streams: [lef]", "streams.0"), ("depth: {padding_factor: 1.5}", "depth.padding_factor"),
        ("depth: {median_kernel_size: 4}", "depth.median_kernel_size"), ("depth: {kernel: 3x3}", "depth.kernel"),
        ("depth: {subpixel_bits: 2}", "depth.subpixel_bits"), ("depth: {threads: 5}", "depth.threads"),
        ("ai: {shaves: 17}", "ai.shaves"),
        ("ai: {camera_input: front}", "ai.camera_input"), ("ot: {max_tracklets: 201}", "ot.max_tracklets"),
        ("ai: {model: a, blob_file: b}", "ai.blob_file"), ("ai: {blob_file2: b}", "ai.blob_file2"),
        ("streams: [{name: left, max_fps: -1}]", "streams.0.max_fps"),
        ("depth: {confidence_treshold: 1}", "depth.confidence_treshold"),
        ("video_config: {profile: h265_main}", "video_config.profile"), ("video_config: {profile: vp9}", "video_config.profile"),
        ("video_config: {numBFrames: 2}", "video_config.numBFrames"),
        ("video_config: {rateCtrlMode: crf}", "video_config.rateCtrlMode"),
        ("video_config: {bitrate: 2000000, maxBitrate: 1000000}", "video_config.maxBitrate"),
    ])
    func aBadKeyIsRefusedByItsPath(yaml: String, path: String) {
        #expect(throws: SettingsError.self) { try PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test")) }
        do {
            _ = try PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test"))
        } catch {
            #expect(error.path == path)
        }
    }

    @Test func aGen1DictionaryIsUnderstood() throws {
        let dictionary = """
            {"streams": ["left", {"name": "depth_raw", "max_fps": 12.0}, "metaout", "previewout"],
             "depth": {"calibration_file": "", "padding_factor": 0.3, "depth_limit_m": 10.0, "confidence_threshold": 0.5},
             "ai": {"blob_file": "x.blob", "blob_file_config": "x.json", "calc_dist_to_bb": true, "keep_aspect_ratio": true,
                    "camera_input": "right", "shaves": 7, "cmx_slices": 7, "NN_engines": 1},
             "ot": {"max_tracklets": 20, "confidence_threshold": 0.5},
             "board_config": {"swap_left_and_right_cameras": true, "left_fov_deg": 71.86},
             "camera": {"rgb": {"resolution_h": 1080, "fps": 30.0}}, "app": {"sync_video_meta_streams": false}}
            """
        let configuration = try PipelineConfiguration(SettingsDocument.json(Array(dictionary.utf8), name: "request"))
        #expect(configuration.streams.map(\.name) == [.left, .depth, .metaout, .previewout])
        #expect(configuration.streams[1].maximumFramesPerSecond == 12)
        #expect(configuration.ai.cameraInput == .right)
        #expect(configuration.ai.keepAspectRatio == true)
    }

    @Test func gen1sVideoIsUnderstoodAndMadeOfTheBestPicture() throws {
        func video(_ yaml: String) throws -> VideoConfiguration? {
            try PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test")).video
        }
        #expect(try video("") == nil)
        let standard = try #require(try video("video_config: {}"))
        #expect(standard.profile == .high && standard.bitrate == 8_500_000 && standard.keyInterval == 30)
        let asked = try video(
            "video_config: {rateCtrlMode: vbr, profile: 4, bitrate: 8000000, maxBitrate: 9000000, keyframeFrequency: 15, quality: 40}"
        )
        let profiles = try (0...2).map { try video("video_config: {profile: \($0)}")?.profile }
        #expect(profiles == [.baseline, .main, .high])
        #expect(throws: SettingsError.self) { try video("video_config: {profile: 3}") }
        #expect(asked?.profile == .mjpeg && asked?.rateControl == .vbr && asked?.keyInterval == 15 && asked?.quality == 40)
        func lens(_ plan: PipelinePlan) -> PipelinePort? { plan.edges.first { $0.to.node == .video }?.from }
        #expect(try lens(plan("streams: [video]")) == PipelinePort(.capture, "rgb"))
        var stereo = PipelinePlan.Circumstances(lenses: [.left, .right], isCalibrated: false, hasNetwork: false)
        #expect(try lens(plan("streams: [video]", stereo)) == PipelinePort(.capture, "right"))
        stereo.videoProblem = "no library"
        #expect(refused("streams: [video]", stereo)?.problem.contains("no library") == true)
        #expect(try plan("streams: [video]\nvideo_config: {profile: mjpeg}", stereo).outputs.keys.contains(.video))
        #expect(try !plan("", stereo).outputs.keys.contains(.video))
    }

    @Test func aConfigurationSurvivesItsOwnJSON() throws {
        let yaml =
            "streams: [{name: depth, max_fps: 5}]\nai: {keep_aspect_ratio: false, confidence_threshold: 0.25}\n"
            + "video_config: {profile: h264_main, bitrate: 1000000, maxBitrate: 2000000, rateCtrlMode: vbr, keyframeFrequency: 7}"
        let configuration = try PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test"))
        let again = try PipelineConfiguration(SettingsDocument.json(Array(configuration.json().utf8), name: "json"))
        #expect(again == configuration)
        let standard = try PipelineConfiguration.standard()
        #expect(try PipelineConfiguration(SettingsDocument.json(Array(standard.json().utf8), name: "json")) == standard)
    }
}
