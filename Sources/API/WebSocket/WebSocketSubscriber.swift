// SPDX-License-Identifier: Apache-2.0
import Core
import Synchronization

/// One client of a feed. Its mailbox holds one message: a client that is slow misses messages, never delays others, and
/// never piles anything up.
final class WebSocketSubscriber: Sendable {
    let id: Int
    let key: WebSocketBroadcast.Key
    let mailbox = Mailbox<WebSocketPacket>(capacity: 1, onFull: .dropOldest)
    private let ending = Mutex<(isOver: Bool, tell: (@Sendable () -> Void)?)>((false, nil))

    init(id: Int, key: WebSocketBroadcast.Key) {
        self.id = id
        self.key = key
    }

    /// Registers who is told, once, that nothing comes any more.
    func setOnEnd(_ closure: @escaping @Sendable () -> Void) {
        let isOver = ending.withLock { ending in
            ending.tell = ending.isOver ? nil : closure
            return ending.isOver
        }
        if isOver { closure() }
    }

    /// The feed has ended, or the client left.
    func close() {
        mailbox.close()
        let tell = ending.withLock { ending in
            defer { ending = (true, nil) }
            return ending.tell
        }
        tell?()
    }
}
