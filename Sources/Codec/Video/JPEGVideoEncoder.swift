// SPDX-License-Identifier: Apache-2.0
public import Core

/// MJPEG: every picture a JPEG of its own.
///
/// Not `Sendable`: one encoder for each thread.
public final class JPEGVideoEncoder: VideoEncoder {
    private let encoder: JPEGEncoder

    /// - Parameter quality: 1...100; values outside are taken as the nearest inside.
    public init(quality: Int) throws(CodecError) {
        encoder = try JPEGEncoder(quality: quality)
    }

    public func encode(_ frame: Frame, isKey: Bool) throws(CodecError) -> VideoUnits? {
        VideoUnits(bytes: try encoder.encode(frame), isKey: true)
    }
}
