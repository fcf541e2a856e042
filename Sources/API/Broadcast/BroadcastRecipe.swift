// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import NIOCore
package import Pipeline

/// What a broadcast is made from.
package struct BroadcastRecipe: Sendable {
    /// Turns each packet into bytes, or leaves it out; used on one thread. Throws `EncoderFailure` to end the broadcast, and
    /// anything else to skip the packet.
    package typealias Encode = (StreamPacket) throws -> EncodedPacket?

    /// Joins the stream; called again when what it gave has ended, unless `endsWithStream`.
    var subscribe: @Sendable () -> Subscription
    var endsWithStream = true
    /// Whether a newcomer gets the newest packet at once.
    var replaysNewest = false
    /// Sent to idle subscribers; nil for forms that have none.
    var keepAlive: KeepAlive?
    /// What subscribers are sent when the camera is away; nil for forms that say nothing.
    var encodeGap: (@Sendable (StreamGap) -> ByteBuffer?)?
    /// Called on the broadcast's thread.
    var makeEncoder: @Sendable () throws -> Encode

    struct KeepAlive: Sendable {
        var bytes: ByteBuffer
        var nanoseconds: Int64
    }

    package init(
        subscribe: @escaping @Sendable () -> Subscription, endsWithStream: Bool = true,
        makeEncoder: @escaping @Sendable () throws -> Encode
    ) {
        self.subscribe = subscribe
        self.endsWithStream = endsWithStream
        self.makeEncoder = makeEncoder
    }
}

/// The encoder of a stream cannot be made: nothing can come of its broadcast.
package struct EncoderFailure: Error, CustomStringConvertible {
    let reason: any Error

    package var description: String { "\(reason)" }
}

extension BroadcastRecipe {
    /// Encoded pictures may wait so long: one that is lost costs all up to the next key frame.
    private static let videoBacklog = 8

    /// JPEG parts of a `multipart/x-mixed-replace` answer.
    static func pictures(_ stream: StreamName, of hub: StreamHub, quality: Int) -> Self {
        var recipe = Self(subscribe: { hub.subscribe(stream) }) {
            let encode = try MJPEGWriter.encoder(quality: quality)
            return { EncodedPacket(try encode($0)) }
        }
        recipe.replaysNewest = true
        return recipe
    }

    /// Server-sent events, the newest result first.
    static func events(_ stream: StreamName, of hub: StreamHub, keepAlive nanoseconds: Int64) -> Self {
        let subscribe: @Sendable () -> Subscription = {
            let subscription = hub.subscribe(stream)
            if let newest = hub.latest(stream) { subscription.mailbox.offer(newest) }
            return subscription
        }
        var recipe = Self(subscribe: subscribe) { { EncodedPacket(try ServerSentEvents.encode($0 as StreamPacket)) } }
        recipe.replaysNewest = true
        recipe.keepAlive = KeepAlive(bytes: ServerSentEvents.heartbeat, nanoseconds: nanoseconds)
        recipe.encodeGap = { try? ServerSentEvents.encode($0) }
        return recipe
    }

    /// The pictures of `video` as they are.
    static func video(of hub: StreamHub) -> Self {
        Self(subscribe: { hub.subscribe(.video, capacity: videoBacklog) }) {
            { packet in
                guard case .video(let video) = packet.payload else {
                    throw CodecError.encodingFailed("the stream holds no video")
                }
                let link = EncodedPacket.Link(number: video.number, isKey: video.units.isKey)
                return EncodedPacket(ByteBuffer(bytes: video.units.bytes), prologue: nil, link: link)
            }
        }
    }
}
