// SPDX-License-Identifier: Apache-2.0
import Codec
import NIOCore
import Pipeline

/// What a feed makes of a packet, once for all its viewers.
struct EncodedPacket: Sendable {
    var bytes: ByteBuffer
    /// Of a video: where the picture stands among the others.
    var link: (number: Int, isKey: Bool)?

    init(_ bytes: ByteBuffer) { self.bytes = bytes }

    /// A picture of `video` as it is.
    init?(video packet: StreamPacket) {
        guard case .video(let video) = packet.payload else { return nil }
        bytes = ByteBuffer(bytes: video.units.bytes)
        link = (video.number, video.units.isKey)
    }
}
