// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// One message for all subscribers of a feed.
struct WebSocketPacket: Sendable {
    /// What a subscriber must have had before this message makes sense: the head of a video.
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

    var isText: Bool
    var prologue: Prologue?
    var link: Link?
    var bytes: ByteBuffer
}
