// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Pipeline

/// The video of a client that says how it shall be made (`video_config`): an encoder of its own on the camera's pictures.
/// One thread; the newest picture wins.
final class LinkVideo: Sendable {
    private let pictures: Subscription
    private let loop: StageLoop<StreamPacket>

    /// - Parameters:
    ///   - wants: whether a picture of that moment shall be encoded; called on the video's thread.
    ///   - publish: takes what comes out; called there too.
    init(
        _ configuration: VideoConfiguration, camera: any CameraService, flow: PacketFlow,
        wants: @escaping @Sendable (Timestamp) -> Bool, publish: @escaping @Sendable (StreamPacket) -> Void
    ) {
        let offered = camera.hub.offered
        let pictures = camera.hub.subscribe([.color, .right, .left].first(where: offered.contains) ?? .color)
        flow.follow(pictures)
        self.pictures = pictures
        let framesPerSecond = camera.optics?.framesPerSecond ?? 0
        loop = StageLoop(
            "\(camera.id) client video", subject: "a script's video", mailbox: pictures.mailbox, monitor: camera.stageMonitor
        ) {
            let coder = VideoCoder(configuration, framesPerSecond: framesPerSecond)
            var isSilent = false
            return { packet in
                flow.flows()
                guard case .frame(let frame) = packet.payload, wants(packet.captured) else { return }
                do {
                    guard let coded = try coder.packet(frame, audience: 1) else { return }
                    publish(StreamPacket(.video(coded), sequence: packet.sequence, captured: packet.captured))
                } catch {
                    // The client is told once.
                    if !isSilent { flow.complain("video: \(error)") }
                    isSilent = true
                    throw error
                }
            }
        }
    }

    /// Ends it and blocks until its thread has ended. Never call from a Swift task.
    func stop() {
        pictures.cancel()
        loop.stop()
    }
}
