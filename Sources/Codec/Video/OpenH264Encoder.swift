// SPDX-License-Identifier: Apache-2.0
import COpenH264
public import Core

/// H.264 by OpenH264 on the processor. Its library is looked for when the first encoder is made.
///
/// Not `Sendable`: one encoder for each thread.
public final class OpenH264Encoder: VideoEncoder {
    private let settings: VideoSettings
    private let handle: OpaquePointer
    private var planes: VideoPlanes

    /// - Throws: `encodingFailed` when the library is missing, with its package's name, or does not take the settings.
    public init(_ settings: VideoSettings) throws(CodecError) {
        let (width, height) = (settings.width & ~1, settings.height & ~1)
        guard (16...3840).contains(width), (16...2160).contains(height) else {
            throw .encodingFailed("H.264 of \(settings.width)×\(settings.height) pixels; it takes 16×16 to 3840×2160")
        }
        var parameters = dk_h264_settings(
            width: Int32(width), height: Int32(height), frames_per_second: Float(max(1, settings.framesPerSecond)),
            bits_per_second: Int32(clamping: settings.bitsPerSecond),
            maximum_bits_per_second: Int32(clamping: settings.maximumBitsPerSecond), is_variable: settings.isVariable ? 1 : 0,
            key_interval: Int32(clamping: max(1, settings.keyInterval)),
            profile: settings.profile.rawValue, threads: 1)
        let (made, reason) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text -> (OpaquePointer?, String) in
            text.initialize(repeating: 0)
            let made = dk_h264_open(&parameters, text.baseAddress, text.count)
            return (made, text.baseAddress.map { String(cString: $0) } ?? "")
        }
        guard let made else { throw .encodingFailed(reason) }
        handle = made
        self.settings = settings
        planes = try VideoPlanes(width: width, height: height)
    }

    deinit {
        dk_h264_close(handle)
    }

    /// Why this box cannot encode H.264; nil when it can.
    public static let problem: String? = {
        do {
            _ = try OpenH264Encoder(VideoSettings(width: 64, height: 64, framesPerSecond: 30, bitsPerSecond: 100_000))
            return nil
        } catch {
            return "\(error)"
        }
    }()

    /// Encodes a `gray8`, `bgr24`, `bgrPlanar` or `i420` frame.
    public func encode(_ frame: Frame, isKey: Bool) throws(CodecError) -> VideoUnits? {
        try planes.fill(from: frame)
        if isKey, dk_h264_force_key(handle) != 0 { throw .encodingFailed("OpenH264 did not produce a key frame") }
        var data: UnsafePointer<UInt8>?
        var (size, madeKey) = (0, Int32(0))
        let milliseconds = frame.header.captured.nanoseconds / 1_000_000
        let result = planes.withPlanes { y, u, v in
            dk_h264_encode(handle, y, u, v, milliseconds, &data, &size, &madeKey)
        }
        guard result == 0 else { throw .encodingFailed("OpenH264 failed on a picture") }
        guard size > 0, let data else { return nil }
        return VideoUnits(bytes: Array(UnsafeBufferPointer(start: data, count: size)), isKey: madeKey != 0)
    }
}
