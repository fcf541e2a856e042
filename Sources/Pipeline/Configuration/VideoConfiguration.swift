// SPDX-License-Identifier: Apache-2.0
package import Settings

/// gen1's `video_config`: how the `video` stream is made. Without one every picture is a key frame of baseline H.264 with
/// half a bit for each pixel, which viewers can join at any moment.
public struct VideoConfiguration: Sendable, Hashable {
    /// gen1's names. An index counts in this order, that of all gen1's documents; later DepthAI libraries have another.
    public enum Profile: String, Sendable, CaseIterable {
        case baseline = "h264_baseline"
        case main = "h264_main"
        case high = "h264_high"
        case h265 = "h265_main"
        case mjpeg
    }

    public enum RateControl: String, Sendable, CaseIterable { case cbr, vbr }

    public var profile: Profile
    public var rateControl: RateControl
    /// Bits a second.
    public var bitrate: Int
    /// Bits a second; 0 for no limit of its own.
    public var maximumBitrate: Int
    /// Pictures from one key frame to the next.
    public var keyInterval: Int
    /// 1...100; of MJPEG.
    public var quality: Int

    package init(_ section: SettingsSection) throws(SettingsError) {
        let names = Profile.allCases.map(\.rawValue)
        let text = try section.text("profile", default: Profile.high.rawValue)
        let name = Int(text).flatMap { names.indices.contains($0) ? names[$0] : nil } ?? text
        guard let profile = Profile(rawValue: name) else {
            throw section.refusal("profile", "'\(text)' is not a profile; there are \(names.joined(separator: ", "))")
        }
        guard profile != .h265 else {
            let possible = names.filter { $0 != Profile.h265.rawValue }.joined(separator: ", ")
            throw section.refusal("profile", "this box cannot encode H.265; give \(possible)")
        }
        self.profile = profile
        rateControl = try section.choice("rateCtrlMode", default: .cbr)
        bitrate = try section.integer("bitrate", default: 8_500_000, in: 10_000...200_000_000)
        maximumBitrate = try section.integer("maxBitrate", default: 0, in: 0...200_000_000)
        keyInterval = try section.integer("keyframeFrequency", default: 30, in: 1...10_000)
        quality = try section.integer("quality", default: 80, in: 1...100)
        guard try section.integer("numBFrames", default: 0, in: 0...16) == 0 else {
            throw section.refusal("numBFrames", "this box does not encode B-frames; give 0")
        }
        guard maximumBitrate == 0 || maximumBitrate >= bitrate else {
            throw section.refusal("maxBitrate", "must be 0 or at least bitrate, which is \(bitrate)")
        }
        try section.finish()
    }
}
