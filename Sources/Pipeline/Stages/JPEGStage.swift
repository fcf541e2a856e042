// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Synchronization

/// The `jpegout` stream: one full picture as a JPEG file for each request, encoded on a thread of its own.
final class JPEGStage: Sendable {
    private let mailbox = Mailbox<Frame>(capacity: 1, onFull: .dropOldest)
    private let requested = Atomic(false)
    private let thread: StageThread
    let heartbeat: Heartbeat

    /// gen1's still quality.
    private static let quality = 95

    init(camera: CameraID, hub: StreamHub, counters: GraphCounters, trouble: ThrottledLog) {
        let heartbeat = Heartbeat("\(camera) jpeg")
        self.heartbeat = heartbeat
        thread = StageThread(name: heartbeat.stage) { [mailbox] in
            do {
                let encoder = try JPEGEncoder(quality: JPEGStage.quality)
                while let frame = mailbox.next() {
                    heartbeat.begins()
                    defer { heartbeat.rests() }
                    let file = try encoder.encode(frame)
                    let header = frame.header
                    hub.publish(StreamPacket(.jpeg(file), sequence: header.sequence, captured: header.captured), on: .jpegout)
                }
            } catch {
                counters.failed.add()
                trouble.report { "jpegout: \(error)" }
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
        mailbox.close()
        thread.join()
    }
}
