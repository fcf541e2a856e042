// SPDX-License-Identifier: Apache-2.0
package import Core
package import NIOCore

/// One client who watches a stream. Its mailbox holds one part: a viewer that is slow misses parts, never delays others.
package final class LiveViewer: Sendable {
    let id: Int
    let key: LiveKey
    /// At most so many parts a second; nil for all of them.
    let framesPerSecond: Double?
    package let mailbox = Mailbox<ByteBuffer>(capacity: 1, onFull: .dropOldest)

    init(id: Int, key: LiveKey, framesPerSecond: Double?) {
        self.id = id
        self.key = key
        self.framesPerSecond = framesPerSecond
    }
}
