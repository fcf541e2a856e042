// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Fusion
import Stereo

extension PipelineConfiguration {
    /// The configuration as JSON, every key with the value in force: what `GET …/pipeline` answers and `PUT …/pipeline`
    /// takes. Keys that leave the decision to the model are left out.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Encoding plain numbers, strings and booleans that were range-checked cannot fail.
        guard let data = try? encoder.encode(PipelineDocument(self)) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

/// The JSON form of a configuration, key by key.
private struct PipelineDocument: Encodable {
    var streams: [Stream]
    var depth: Depth
    var ai: AI
    var ot: OT
    var video_config: Video?
    var video: VideoPlacement

    struct Stream: Encodable {
        var name: String
        var max_fps: Double?
    }

    struct Depth: Encodable {
        var calibration_file: String
        var padding_factor, depth_limit_m, confidence_threshold: Double
        var statistic, kernel: String
        var prefilter: Bool
        var paths, median_kernel_size: Int
        var lr_check: Bool
        var disparities: Int
        var extended_disparity, subpixel: Bool
        var subpixel_bits, uniqueness, disparity_confidence, speckle_size, speckle_range, threads: Int
        var placement: String
    }

    struct AI: Encodable {
        var model, blob_file, blob_file_config, camera_input, placement: String
        var calc_dist_to_bb: Bool
        var keep_aspect_ratio: Bool?
        var confidence_threshold: Double?
    }

    struct Video: Encodable {
        var profile, rateCtrlMode: String
        var bitrate, maxBitrate, keyframeFrequency, numBFrames, quality: Int
    }

    struct VideoPlacement: Encodable {
        var placement: String
    }

    struct OT: Encodable {
        var max_tracklets: Int
        var confidence_threshold: Double
    }

    init(_ configuration: PipelineConfiguration) {
        streams = configuration.streams.map { Stream(name: $0.name.rawValue, max_fps: $0.maximumFramesPerSecond) }
        let (depth, matching) = (configuration.depth, configuration.depth.matching)
        self.depth = Depth(
            calibration_file: depth.calibrationFile, padding_factor: depth.paddingFactor, depth_limit_m: depth.limitMetres,
            confidence_threshold: depth.confidenceThreshold, statistic: depth.statistic.rawValue,
            kernel: matching.kernel.rawValue, prefilter: matching.prefilter, paths: matching.paths,
            median_kernel_size: matching.medianKernel, lr_check: matching.leftRightCheck, disparities: matching.disparities,
            extended_disparity: matching.extendedDisparity, subpixel: matching.subpixel, subpixel_bits: matching.subpixelBits,
            uniqueness: matching.uniqueness, disparity_confidence: matching.disparityConfidence,
            speckle_size: matching.speckleSize,
            speckle_range: matching.speckleRange, threads: depth.threads, placement: depth.placement.rawValue)
        video_config = configuration.video.map { video in
            Video(
                profile: video.profile.rawValue, rateCtrlMode: video.rateControl.rawValue, bitrate: video.bitrate,
                maxBitrate: video.maximumBitrate, keyframeFrequency: video.keyInterval, numBFrames: 0, quality: video.quality)
        }
        video = VideoPlacement(placement: configuration.videoPlacement.rawValue)
        let ai = configuration.ai
        self.ai = AI(
            model: ai.model, blob_file: ai.blobFile, blob_file_config: ai.blobFileConfig, camera_input: ai.cameraInput.rawValue,
            placement: ai.placement.rawValue, calc_dist_to_bb: ai.measuresDistance, keep_aspect_ratio: ai.keepAspectRatio,
            confidence_threshold: ai.confidenceThreshold)
        ot = OT(
            max_tracklets: configuration.tracker.maximumTracklets, confidence_threshold: configuration.tracker.confidenceThreshold
        )
    }
}
