// SPDX-License-Identifier: Apache-2.0
public import XLink

/// Compresses NV12 images.
public struct VideoEncoder: GraphNode {
    public enum Input: String, GraphPort { case input = "in" }
    /// `out` gives `DeviceEncodedFrame`, `bitstream` `DeviceFrame` of the format bitstream.
    public enum Output: String, GraphPort, CaseIterable { case out, bitstream }
    public static let kind = "VideoEncoder"

    public enum Profile: Int64, Sendable {
        case h264Baseline = 0
        case h264High = 1
        case h264Main = 2
        case h265Main = 3
        case mjpeg = 4
    }

    public var profile: Profile
    public var frameRate: Float
    /// 1...100, of JPEG.
    public var quality: UInt32
    /// Frames from one that can be decoded on its own to the next.
    public var keyframeInterval: Int
    /// Bits per second; 0: the firmware chooses.
    public var bitrate: Int
    /// Bits per second; 0 for no limit of its own.
    public var maximumBitrate = 0
    /// Whether quiet images may take fewer bits.
    public var isVariable = false
    /// Whether it takes the newest image, and its sender never waits for it.
    public var takesLatest = false

    public init(_ profile: Profile, frameRate: Float, quality: UInt32 = 80, keyframeInterval: Int = 30, bitrate: Int = 0) {
        self.profile = profile
        self.frameRate = frameRate
        self.quality = quality
        self.keyframeInterval = keyframeInterval
        self.bitrate = bitrate
    }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        let image = GraphInput("in", isBlocking: true, queueSize: 4, waitsForMessage: true)
        return [takesLatest ? image.latest : image]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let (bidirectional, pool, outputSize): (NOPValue, NOPValue, NOPValue) = (.unsigned(0), .unsigned(0), .signed(0))
        let (lossless, rateMode): (NOPValue, NOPValue) = (.bool(false), .signed(isVariable ? 1 : 0))
        return .structure([
            .signed(bitrate), .signed(keyframeInterval), .signed(maximumBitrate), bidirectional, pool, outputSize,
            .signed(profile.rawValue), .unsigned(UInt64(quality)), lossless, rateMode, .float(frameRate),
        ])
    }
}
