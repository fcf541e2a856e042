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
    private let thread: StageThread
    private let hub: StreamHub

    init(
        _ configuration: VideoConfiguration?, framesPerSecond: Double, hub: StreamHub, counters: GraphCounters,
        trouble: TroubleLog
    ) {
        self.hub = hub
        thread = StageThread(name: "\(hub.camera) video") { [mailbox] in
            let worker = VideoWorker(configuration, framesPerSecond: framesPerSecond)
            while let job = mailbox.next() {
                guard case .picture(let frame, let joined) = job else {
                    worker.rest()
                    continue
                }
                do {
                    guard let packet = try worker.packet(frame, joined: joined) else { continue }
                    let header = frame.header
                    hub.publish(StreamPacket(.video(packet), sequence: header.sequence, captured: header.captured), on: .video)
                } catch {
                    counters.failed.add()
                    trouble.report { "video: \(error)" }
                }
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
        mailbox.close()
        thread.join()
    }
}

/// What the stage's thread keeps from picture to picture.
private final class VideoWorker {
    private let configuration: VideoConfiguration?
    private let framesPerSecond: Double
    private var encoder: (any VideoEncoder)?
    private var size = (width: 0, height: 0)
    private var joined = 0
    private var number = 0

    init(_ configuration: VideoConfiguration?, framesPerSecond: Double) {
        self.configuration = configuration
        self.framesPerSecond = framesPerSecond
    }

    /// Nobody listens: the encoder's memory, or the hardware, is free for others.
    func rest() { encoder = nil }

    func packet(_ frame: Frame, joined: Int) throws(CodecError) -> VideoPacket? {
        let (width, height) = (frame.header.width, frame.header.height)
        if encoder == nil || size != (width, height) {
            encoder = nil
            encoder = try VideoEncoders.make(configuration, width: width, height: height, framesPerSecond: framesPerSecond)
            size = (width, height)
        }
        guard let units = try encoder?.encode(frame, isKey: joined != self.joined) else { return nil }
        self.joined = joined
        number += 1
        let coding: VideoPacket.Coding = configuration?.profile == .mjpeg ? .mjpeg : .h264
        return VideoPacket(coding: coding, units: units, width: width & ~1, height: height & ~1, number: number)
    }
}
