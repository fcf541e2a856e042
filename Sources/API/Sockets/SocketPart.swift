// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// One message for all subscribers of a feed.
struct SocketPart: Sendable {
    /// What a subscriber must have had before this message makes sense: the head of a video.
    struct Prologue: Sendable {
        /// Another number, another prologue.
        var id: Int
        var bytes: ByteBuffer
    }

    var isText: Bool
    var prologue: Prologue?
    var bytes: ByteBuffer
}
