// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo

/// Depth that the camera measures itself: published, shown as disparity, and handed to fusion like the matcher's own.
final class CameraDepthStage: Sendable {
    private let mailbox = Mailbox<Frame>(capacity: 1, onFull: .dropOldest)
    private let loop: StageLoop<Frame>
    private let counters: GraphCounters

    /// - Parameter onDepth: a node that reads depth.
    init(
        converter: DisparityConverter, context: GraphBuilder.StageContext, onDepth: @escaping @Sendable (DepthResult) -> Void
    ) {
        let (hub, counters) = (context.hub, context.counters)
        self.counters = counters
        loop = StageLoop("\(hub.camera) depth", subject: "depth", mailbox: mailbox, monitor: context.monitor) {
            let pictures = DisparityPictures(hub: hub, counters: counters)
            let disparities = FramePool(capacity: 2)
            return { depth in
                onDepth(DepthResult(frame: depth, stereoNanoseconds: 0))
                hub.publish(StreamPacket(depth), on: .depth)
                let header = depth.header
                let wanted = pictures.wanted(at: header.captured)
                guard !wanted.isEmpty else { return }
                let disparityHeader = header.reshaped(width: header.width, height: header.height, format: .disparity16)
                guard let draft = disparities.draft(disparityHeader) else { return counters.poolExhausted.add() }
                try converter.convert(depth: depth, into: draft)
                try pictures.publish(draft.seal(), unitsPerPixel: 16, on: wanted)
            }
        }
    }

    func offer(_ depth: Frame) {
        if !mailbox.offer(depth) { counters.stereoSkipped.add() }
    }

    func stop() {
        loop.stop()
    }
}
