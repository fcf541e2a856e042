// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Inference
import Pipeline
import Settings
import TestSupport
import Testing

/// What a camera with a processor of its own is asked to do.
struct DevicePlanTests {
    private func configuration(_ yaml: String) throws -> PipelineConfiguration {
        try PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test"))
    }

    /// A face detector: bytes of 300 by 300 pixels, squeezed.
    private func network(_ version: String = "v6_0", _ manifest: ModelManifest? = nil) throws -> Network {
        try network(blob: "real_face_detection_retail_0004_\(version)", manifest)
    }

    private func network(blob: String, _ manifest: ModelManifest? = nil) throws -> Network {
        try Network.deferred(blob: SharedData.bytes("blobs/\(blob)/model.blob"), name: "blob", manifest: manifest) {
            (_) throws(InferenceError) in throw .picture(reason: "it is not to run here")
        }
    }

    private func plan(_ yaml: String = "", _ network: Network?, declined: [DeviceTask: String] = [:]) throws -> DevicePlan {
        try DevicePlan(configuration(yaml), network: network, measures: true, declined: declined)
    }

    @Test(.enabled(if: SharedData.isRequired), arguments: ["v6_0", "v2021_4", "v2022_1"])
    func aBlobOfItsVersionsIsACamerasWork(version: String) throws {
        let plan = try plan("", network(version))
        #expect(plan.work.tasks == [.depth, .network, .video] && plan.reasons.isEmpty)
        let network = try #require(plan.work.network)
        #expect(network.blob == (try SharedData.bytes("blobs/real_face_detection_retail_0004_\(version)/model.blob")))
        #expect((network.width, network.height, network.color, network.fit) == (300, 300, .bgr, .stretch))
        #expect(network.isPlanar && network.lenses == [.color, .right, .left])
        #expect(network.outputs == [TensorDescription(name: "detection_out", shape: [1, 1, 200, 7], element: .float16)])
    }

    @Test(.enabled(if: SharedData.isRequired)) func thePictureIsWhatTheOwnerWants() throws {
        let network = try #require(plan("ai: {keep_aspect_ratio: true, camera_input: left}", network()).work.network)
        #expect(network.fit == .crop && network.lenses == [.left])
    }

    @Test(
        .enabled(if: SharedData.isRequired),
        arguments: [
            ("real_face_detection_retail_0004_v5_0", "version is 5.0"), ("net_tiny_ssd", "no uint8"),
        ])
    func otherBlobsStayOnTheBox(blob: String, words: String) throws {
        let plan = try plan("", network(blob: blob))
        #expect(plan.work.network == nil && plan.reasons[.network]?.contains(words) == true)
    }

    @Test(.enabled(if: SharedData.isRequired)) func whatTheCameraDoesNotDoToAPictureStaysOnTheBox() throws {
        var input = ModelManifest.Input(width: 300, height: 300, mean: [127, 127, 127])
        func reason(_ yaml: String = "") throws -> String? {
            let manifest = ModelManifest(family: .detectionOutput, input: input)
            return try plan(yaml, network("v6_0", manifest)).reasons[.network]
        }
        #expect(try reason()?.contains("mean and scale") == true)
        (input.mean, input.resize) = ([0, 0, 0], .letterboxTopLeft)
        #expect(try reason()?.contains("top left") == true)
        input.resize = .letterbox
        #expect(try reason() == nil)
        #expect(try reason("ai: {camera_input: rectified_right}")?.contains("rectified") == true)
    }

    @Test func aNetworkThatIsNoBlobStaysOnTheBox() throws {
        #expect(try plan("", ToldEngine.network()).reasons[.network]?.contains("MyriadX blobs only") == true)
    }

    @Test(.enabled(if: SharedData.isRequired)) func theOwnerAndTheStreamsDecide() throws {
        let host = "depth: {placement: host}\nai: {placement: host}\nvideo: {placement: host}"
        #expect(try plan(host, network()) == DevicePlan.none)
        #expect(try plan("streams: [left]", network()) == DevicePlan.none)
        #expect(try plan("streams: [previewout]", network()).work.tasks == [.network])
        let declined = try plan("", network(), declined: [.network: "too few shaves"])
        #expect(declined.work.tasks == [.depth, .video])
        #expect(declined.reasons[.network]?.contains("too few shaves") == true)
    }

    @Test func videoIsAsTheOwnerWantsItAndJoinedWithinTwoSeconds() throws {
        #expect(try plan("streams: [video]", nil).work.video == DeviceVideo(.h264Baseline, rate: .bitsPerPixel(0.5)))
        let yaml =
            "streams: [video]\n"
            + "video_config: {profile: h264_main, rateCtrlMode: vbr, bitrate: 1000000, keyframeFrequency: 300}"
        #expect(
            try plan(yaml, nil).work.video
                == DeviceVideo(.h264Main, rate: .bitsPerSecond(1_000_000), isVariable: true, keyInterval: 60))
        let limited = try plan("streams: [{name: video, max_fps: 5}]", nil)
        #expect(limited.work.video == nil && limited.reasons[.video]?.contains("max_fps") == true)
    }

    // MARK: - The plan of a camera that does it

    private func pipeline(_ yaml: String, _ tasks: Set<DeviceTask>) throws -> PipelinePlan {
        var circumstances = PipelinePlan.Circumstances(lenses: [.left, .right, .color], isCalibrated: true, hasNetwork: true)
        circumstances.deviceTasks = tasks
        circumstances.reasons = [.network: "the blob is too old"]
        return try PipelinePlan(configuration(yaml), circumstances)
    }

    @Test func whatTheCameraDoesTakesThePlaceOfTheBoxs() throws {
        let plan = try pipeline("streams: [metaout, object_tracker, previewout, video]", [.depth, .network, .video])
        #expect(plan.placements == [.depth: .device, .network: .device, .video: .device])
        #expect(plan.networkInput == PipelinePort(.capture, "rgb"))
        let half = try pipeline("streams: [metaout, video]\nvideo: {placement: host}", [.depth, .network, .video])
        #expect(half.placements == [.depth: .device, .network: .device, .video: .host])
        #expect(try pipeline("streams: [left]", [.network]).placements.isEmpty)
    }

    @Test func theCameraWhereItCannotIsRefusedWithTheReason() throws {
        func problem(_ yaml: String) -> String {
            do {
                _ = try pipeline(yaml, [])
                return ""
            } catch {
                return "\(error)"
            }
        }
        let network = problem("streams: [metaout]\nai: {placement: device}")
        #expect(network.contains("ai.placement") && network.contains("the blob is too old") && network.contains("auto or host"))
        #expect(problem("streams: [video]\nvideo: {placement: device}").contains("does not encode video"))
        // Not left out either where everything is asked for that is possible.
        #expect(problem("ai: {placement: device}").contains("the blob is too old"))
        #expect(problem("streams: [metaout, video]").isEmpty && problem("").isEmpty)
    }
}
