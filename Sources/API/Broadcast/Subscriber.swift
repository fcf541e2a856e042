// SPDX-License-Identifier: Apache-2.0
package import Core
import NIOCore
import Pipeline
import Synchronization

/// One client of a broadcast. Its mailbox holds one packet, or half a second of raw video, whose pictures need those
/// before: a client that is slow misses packets, never delays others, and never piles anything up.
package final class Subscriber: Sendable {
    let id: Int
    package let key: BroadcastKey
    package let mailbox: Mailbox<EncodedPacket>
    private static let videoBacklog = 16
    private let state: Mutex<State>

    private struct State {
        /// nil for a client who wants everything.
        var limiter: RateLimiter?
        var gate = VideoGate()
        /// A break the client has not been told of. It has a place of its own: the packets that follow must not push it out.
        var gap: ByteBuffer?
        var isOver = false
        var onEnd: (@Sendable () -> Void)?
    }

    /// - Parameter framesPerSecond: at most so many packets a second; nil for all of them.
    init(id: Int, key: BroadcastKey, framesPerSecond: Double?) {
        self.id = id
        self.key = key
        mailbox =
            key.form == .video
            ? Mailbox(capacity: Self.videoBacklog, onFull: .dropNewest) : Mailbox(capacity: 1, onFull: .dropOldest)
        state = Mutex(State(limiter: framesPerSecond.map { RateLimiter(perSecond: $0) }))
    }

    // MARK: What the broadcast does

    /// Whether the client wants what was captured then, by its rate.
    func takes(_ captured: Timestamp) -> Bool {
        state.withLock { $0.limiter?.take(captured) ?? true }
    }

    /// Hands a packet over. Newcomers to a video begin at a key picture, and so does who lost one.
    func offer(_ packet: EncodedPacket) {
        if let link = packet.link {
            guard state.withLock({ $0.gate.admits(number: link.number, isKey: link.isKey) }) else { return }
        }
        let kept = mailbox.offer(packet)
        // Where the oldest is dropped instead, this packet is in the mailbox, and the reader's own gate finds the gap.
        if !kept, mailbox.policy == .dropNewest { state.withLock { $0.gate.lose() } }
    }

    /// Says something to an idle client. It must not push a waiting packet out of the mailbox.
    func keepAlive(_ bytes: ByteBuffer) {
        if mailbox.statistics.waiting == 0 { mailbox.offer(EncodedPacket(bytes)) }
    }

    /// Puts a break where the client reads next, in the place of a packet from before it.
    func interrupt(_ bytes: ByteBuffer) {
        state.withLock { $0.gap = bytes }
        _ = mailbox.poll()
        // An empty packet wakes the writer.
        mailbox.offer(EncodedPacket(ByteBuffer()))
    }

    /// The broadcast has ended, or the client left. May be called more than once.
    func close() {
        mailbox.close()
        let tell = state.withLock { state in
            defer { (state.isOver, state.onEnd) = (true, nil) }
            return state.onEnd
        }
        tell?()
    }

    // MARK: What the client's connection does

    /// The break to be told before the next packet, once.
    func takeGap() -> ByteBuffer? {
        state.withLock { state in
            defer { state.gap = nil }
            return state.gap
        }
    }

    /// Registers who is told, once, that nothing comes any more.
    func setOnEnd(_ closure: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            state.onEnd = state.isOver ? nil : closure
            return state.isOver
        }
        if isOver { closure() }
    }
}
