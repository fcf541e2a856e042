// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo

/// The streams that show disparity as a picture. One thread uses it.
struct DisparityPictures {
    private let hub: StreamHub
    private let counters: GraphCounters
    /// Frames out at once: one with each of a few subscribers, one being written.
    private let pool = FramePool(capacity: 12)

    init(hub: StreamHub, counters: GraphCounters) {
        (self.hub, self.counters) = (hub, counters)
    }

    /// Those that somebody wants now.
    func wanted(at captured: Timestamp) -> [StreamName] {
        [StreamName.disparity, .disparityColor].filter { hub.isWanted($0, at: captured) }
    }

    func publish(_ disparity: Frame, unitsPerPixel: Int, on streams: [StreamName]) throws {
        let header = disparity.header
        for stream in streams {
            let format: PixelFormat = stream == .disparity ? .disparity8 : .bgr24
            guard let draft = pool.draft(header.reshaped(width: header.width, height: header.height, format: format)) else {
                counters.poolExhausted.add()
                continue
            }
            if stream == .disparity {
                try DisparityPicture.bytes(disparity, unitsPerPixel: unitsPerPixel, into: draft)
            } else {
                try DisparityPicture.color(disparity, unitsPerPixel: unitsPerPixel, into: draft)
            }
            hub.publish(StreamPacket(draft.seal()), on: stream)
        }
    }
}
