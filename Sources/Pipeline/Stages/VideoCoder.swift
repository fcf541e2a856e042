// SPDX-License-Identifier: Apache-2.0
package import Codec
package import Core

/// Makes video of a lens's pictures; the encoder is made with the first one and again when their size changes. Not
/// `Sendable`: one for each thread.
package final class VideoCoder {
    private let configuration: VideoConfiguration?
    private let framesPerSecond: Double
    private var encoder: (any VideoEncoder)?
    private var size = (width: 0, height: 0)
    private var audience = 0
    private var number = 0

    /// - Parameters:
    ///   - configuration: nil for key frames of baseline H.264 alone.
    ///   - framesPerSecond: what the encoder may count on; 0 where it is not known.
    package init(_ configuration: VideoConfiguration?, framesPerSecond: Double) {
        self.configuration = configuration
        self.framesPerSecond = framesPerSecond
    }

    /// Nobody listens: the encoder's memory, or the hardware, is free for others.
    package func rest() { encoder = nil }

    /// Encodes one picture.
    /// - Parameter audience: how many have joined so far; a key frame is made for each newcomer.
    /// - Returns: nil while the encoder keeps the picture to itself.
    package func packet(_ frame: Frame, audience: Int) throws(CodecError) -> VideoPacket? {
        let (width, height) = (frame.header.width, frame.header.height)
        if encoder == nil || size != (width, height) {
            encoder = nil
            encoder = try VideoEncoders.make(configuration, width: width, height: height, framesPerSecond: framesPerSecond)
            size = (width, height)
        }
        guard let units = try encoder?.encode(frame, isKey: audience != self.audience) else { return nil }
        self.audience = audience
        number += 1
        let coding: VideoPacket.Coding = configuration?.profile == .mjpeg ? .mjpeg : .h264
        return VideoPacket(coding: coding, units: units, width: width & ~1, height: height & ~1, number: number)
    }
}
