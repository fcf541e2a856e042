// SPDX-License-Identifier: Apache-2.0
package import Core
package import NIOCore

/// One client who watches a stream. Its mailbox holds one part: a viewer that is slow misses parts, never delays others.
package final class LiveViewer: Sendable {
    let id: Int
    let key: LiveKey
    /// Shortest time between two parts in nanoseconds; 0 for all of them.
    let interval: Int64
    package let mailbox = Mailbox<ByteBuffer>(capacity: 1, onFull: .dropOldest)

    init(id: Int, key: LiveKey, interval: Int64) {
        self.id = id
        self.key = key
        self.interval = interval
    }
}
