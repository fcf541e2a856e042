// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import NIOCore
import Pipeline

/// Makes the messages of a hub video: fragmented MP4 with H.264, a fragment for each picture. What comes encoded (the
/// camera's `video`) is only wrapped; pictures are encoded here, each a key frame as the original's are, so that a
/// subscriber can join at each and may lose any.
///
/// Lives on its broadcast's thread.
final class HubVideo {
    private let framesPerSecond: Double
    private var encoder: (any VideoEncoder)?
    private var size = (width: 0, height: 0)
    private var mp4: FragmentedMP4?
    private var prologue: EncodedPacket.Prologue?
    private var number: UInt32 = 0
    private var gate = VideoGate()
    private var start: Timestamp?
    private var lastTime: UInt64 = 0

    /// - Parameter framesPerSecond: what the encoder may count on.
    init(framesPerSecond: Double) {
        self.framesPerSecond = framesPerSecond > 0 ? framesPerSecond : 30
    }

    /// The message for a picture; nil when the encoder left it out, or it cannot be decoded without one that is lost.
    func message(_ packet: StreamPacket) throws -> EncodedPacket? {
        switch packet.payload {
        case .frame(let picture):
            let frame = DisparityRendering.gray(picture)
            return try encoder(for: frame).encode(frame).flatMap { wrap($0, packet.captured) }
        case .video(let video):
            guard video.coding == .h264, gate.admits(number: video.number, isKey: video.units.isKey) else { return nil }
            (encoder, size) = (nil, (video.width, video.height))
            return wrap(video.units, packet.captured)
        default: return nil
        }
    }

    private func wrap(_ units: VideoUnits, _ captured: Timestamp) -> EncodedPacket? {
        guard takeHead(units), let mp4 else { return nil }
        let (time, duration) = schedule(captured)
        number &+= 1
        let bytes = mp4.fragment(units, number: number, time: time, duration: duration)
        return EncodedPacket(
            ByteBuffer(bytes: bytes), prologue: prologue, link: .init(number: Int(number), isKey: units.isKey))
    }

    /// Pictures change their size when a network is deployed or taken away: another size, another encoder.
    private func encoder(for frame: Frame) throws -> any VideoEncoder {
        let (width, height) = (frame.header.width, frame.header.height)
        if let encoder, size == (width, height) { return encoder }
        encoder = nil
        do {
            let fresh = try VideoEncoders.make(nil, width: width, height: height, framesPerSecond: framesPerSecond)
            (encoder, size, mp4) = (fresh, (width, height), nil)
            return fresh
        } catch {
            throw EncoderFailure(reason: error)
        }
    }

    /// Whether there is a head for these units; a key frame with other parameters makes another.
    private func takeHead(_ units: VideoUnits) -> Bool {
        guard units.isKey, let fresh = FragmentedMP4(width: size.width & ~1, height: size.height & ~1, units: units) else {
            return mp4 != nil
        }
        let isSame = mp4.map {
            $0.sequenceParameters == fresh.sequenceParameters && $0.pictureParameters == fresh.pictureParameters
        }
        guard isSame != true else { return true }
        mp4 = fresh
        prologue = .init(id: (prologue?.id ?? 0) + 1, bytes: ByteBuffer(bytes: fresh.head))
        return true
    }

    /// When the picture is shown, counted from the first, and for how long by the pace so far.
    private func schedule(_ captured: Timestamp) -> (time: UInt64, duration: UInt32) {
        let scale = Double(FragmentedMP4.timescale)
        let start = start ?? captured
        self.start = start
        let wanted = Double(max(0, captured.nanoseconds(since: start))) * scale / 1e9
        // Players want time to move on, whatever the camera's clock does.
        let time = number == 0 ? UInt64(wanted) : max(UInt64(wanted), lastTime + 1)
        let pace = number == 0 ? scale / framesPerSecond : Double(time - lastTime)
        lastTime = time
        return (time, UInt32(min(scale, max(1, pace))))
    }
}

extension BroadcastRecipe {
    /// What is to be seen at a place.
    static func hubVideo(of networks: any NetworkDeployment, at tap: NetworkTap, framesPerSecond: Double) -> Self {
        Self(
            subscribe: { networks.pictures(at: tap) }, endsWithStream: false,
            makeEncoder: {
                let video = HubVideo(framesPerSecond: framesPerSecond)
                return { try video.message($0) }
            })
    }
}
