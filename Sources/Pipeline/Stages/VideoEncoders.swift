// SPDX-License-Identifier: Apache-2.0
import Capture
public import Codec
import V4L2

/// Makes the encoders of this box.
public enum VideoEncoders {
    /// The hub's ceiling: half a bit for each pixel.
    private static let bitsPerPixel = 0.5
    private static let usualRate = 30.0

    /// Why this box cannot make H.264; nil when it can.
    public static var problem: String? { board == nil ? OpenH264Encoder.problem : nil }

    /// The board's encoder, looked for once.
    private static let board = M2MEncoder.boardsNode()

    /// An encoder for pictures of a size.
    /// - Parameters:
    ///   - configuration: nil for key frames of baseline H.264 alone.
    ///   - framesPerSecond: what the encoder may count on; 0 where it is not known.
    public static func make(
        _ configuration: VideoConfiguration?, width: Int, height: Int, framesPerSecond: Double
    ) throws(CodecError) -> any VideoEncoder {
        let rate = framesPerSecond > 0 ? framesPerSecond : usualRate
        guard let configuration else {
            let bits = (Double(width * height) * bitsPerPixel * rate).rounded(.up)
            return try h264(VideoSettings(width: width, height: height, framesPerSecond: rate, bitsPerSecond: Int(bits)))
        }
        let profile: VideoSettings.Profile
        switch configuration.profile {
        case .mjpeg: return try JPEGVideoEncoder(quality: configuration.quality)
        case .baseline: profile = .baseline
        case .main: profile = .main
        case .high: profile = .high
        case .h265: throw .encodingFailed("H.265 cannot be made here")
        }
        var settings = VideoSettings(
            width: width, height: height, framesPerSecond: rate, bitsPerSecond: configuration.bitrate,
            keyInterval: configuration.keyInterval, profile: profile)
        settings.maximumBitsPerSecond = configuration.maximumBitrate
        settings.isVariable = configuration.rateControl == .vbr
        return try h264(settings)
    }

    private static func h264(_ settings: VideoSettings) throws(CodecError) -> any VideoEncoder {
        // A board's encoder may be busy, or not take the size; then the processor does it.
        guard let board, let hardware = try? M2MEncoder(settings, node: board) else { return try OpenH264Encoder(settings) }
        return FallbackVideoEncoder(hardware) { () throws(CodecError) in try OpenH264Encoder(settings) }
    }
}
