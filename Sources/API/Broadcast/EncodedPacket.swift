// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// What a broadcast makes of a packet, once for all its subscribers.
package struct EncodedPacket: Sendable {
    /// What a subscriber must have had before this packet makes sense: the head of a video.
    struct Prologue: Sendable {
        /// Another number, another prologue.
        var id: Int
        var bytes: ByteBuffer
    }

    /// A picture of a video: without the one before it, it cannot be decoded, unless it is a key picture.
    struct Link: Sendable {
        var number: Int
        var isKey: Bool
    }

    var bytes: ByteBuffer
    /// Of a WebSocket message: text, or binary.
    var isText = false
    var prologue: Prologue?
    var link: Link?

    package init(_ bytes: ByteBuffer) {
        self.bytes = bytes
    }

    init(_ bytes: ByteBuffer, prologue: Prologue?, link: Link) {
        self.bytes = bytes
        self.prologue = prologue
        self.link = link
    }

    /// A WebSocket message.
    init(text: String) {
        bytes = ByteBuffer(string: text)
        isText = true
    }
}
