// SPDX-License-Identifier: Apache-2.0
package import Core
package import NIOCore
import Synchronization

/// One client who watches a stream. Its mailbox holds one part, or half a second of a video, whose pictures need those
/// before: a viewer that is slow misses parts, never delays others.
package final class Subscriber: Sendable {
    let id: Int
    let key: BroadcastKey
    /// At most so many parts a second; nil for all of them.
    let framesPerSecond: Double?
    package let mailbox: Mailbox<ByteBuffer>
    private static let videoBacklog = 16

    /// A break the client has not been told of. It has a place of its own: the parts that follow must not push it out.
    private let gap = Mutex<ByteBuffer?>(nil)

    init(id: Int, key: BroadcastKey, framesPerSecond: Double?) {
        self.id = id
        self.key = key
        self.framesPerSecond = framesPerSecond
        mailbox =
            key.form == .video
            ? Mailbox(capacity: Self.videoBacklog, onFull: .dropNewest) : Mailbox(capacity: 1, onFull: .dropOldest)
    }

    /// Puts a break where the client reads next, in the place of a part from before it.
    func interrupt(_ bytes: ByteBuffer) {
        gap.withLock { $0 = bytes }
        _ = mailbox.poll()
        // An empty part wakes the writer.
        mailbox.offer(ByteBuffer())
    }

    /// The break to be told before the next part, once.
    func takeGap() -> ByteBuffer? {
        gap.withLock { gap in
            defer { gap = nil }
            return gap
        }
    }
}
