// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Synchronization

/// The `jpegout` stream: one full picture as a JPEG file for each request, encoded on a thread of its own.
final class JPEGStage: Sendable {
    private let mailbox = Mailbox<Frame>(capacity: 1, onFull: .dropOldest)
    private let requested = Atomic(false)
    private let loop: StageLoop<Frame>

    /// gen1's still quality.
    private static let quality = 95

    init(hub: StreamHub, monitor: StageMonitor) {
        loop = StageLoop("\(hub.camera) jpeg", subject: "jpegout", mailbox: mailbox, monitor: monitor) {
            var encoder: JPEGEncoder?
            return { frame in
                let ready = try encoder ?? JPEGEncoder(quality: JPEGStage.quality)
                encoder = ready
                let file = try ready.encode(frame)
                let header = frame.header
                hub.publish(StreamPacket(.jpeg(file), sequence: header.sequence, captured: header.captured), on: .jpegout)
            }
        }
    }

    /// Asks for the next picture.
    func request() {
        requested.store(true, ordering: .releasing)
    }

    /// Takes a picture when one was asked for.
    func offer(_ frame: Frame) {
        if requested.exchange(false, ordering: .acquiringAndReleasing) { mailbox.offer(frame) }
    }

    func stop() {
        loop.stop()
    }
}
