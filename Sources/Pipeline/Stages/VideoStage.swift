// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Synchronization

/// The `video` stream: one encoder for all its subscribers, on a thread of its own. It begins with the first subscriber
/// and ends after the last; whoever joins gets a key frame next.
final class VideoStage: Sendable {
    private enum Job: Sendable {
        case picture(Frame, joined: Int)
        case rest
    }

    /// One picture may wait while one is encoded.
    private let mailbox = Mailbox<Job>(capacity: 1, onFull: .dropOldest)
    private let isResting = Atomic(true)
    private let loop: StageLoop<Job>
    private let hub: StreamHub

    init(_ configuration: VideoConfiguration?, framesPerSecond: Double, hub: StreamHub, monitor: StageMonitor) {
        self.hub = hub
        loop = StageLoop("\(hub.camera) video", subject: "video", mailbox: mailbox, monitor: monitor) {
            let coder = VideoCoder(configuration, framesPerSecond: framesPerSecond)
            return { job in
                guard case .picture(let frame, let joined) = job else { return coder.rest() }
                guard let packet = try coder.packet(frame, audience: joined) else { return }
                let header = frame.header
                hub.publish(StreamPacket(.video(packet), sequence: header.sequence, captured: header.captured), on: .video)
            }
        }
    }

    /// Takes a picture of the stream's lens; called by the capture thread for each.
    func offer(_ frame: Frame) {
        let audience = hub.audience(of: .video)
        guard audience.listening > 0 else {
            if !isResting.exchange(true, ordering: .relaxed) { mailbox.offer(.rest) }
            return
        }
        guard hub.isWanted(.video, at: frame.header.captured) else { return }
        isResting.store(false, ordering: .relaxed)
        mailbox.offer(.picture(frame, joined: audience.joined))
    }

    func stop() {
        loop.stop()
    }
}
