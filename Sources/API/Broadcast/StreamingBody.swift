// SPDX-License-Identifier: Apache-2.0
import Core
import Hummingbird
import NIOCore

/// Writes a subscriber's packets until it leaves, the broadcast ends or the connection breaks.
///
/// Hummingbird's writer waits once 64 KB wait in the connection, but learns of that one turn of the event loop late. So
/// packets go out in slices, and after each packet the loop is awaited: what a client that stops reading can pile up is the
/// 64 KB, one packet, and the kernel's send buffer. The guard of the connection cuts it off when nothing moves.
enum StreamingBody {
    private static let sliceBytes = 32 * 1024

    static func body(
        _ subscriber: Subscriber, opening: ByteBuffer, registry: BroadcastRegistry, channel: any Channel
    ) -> ResponseBody {
        // A connection that breaks before or while the body is written ends the subscriber in any case.
        channel.closeFuture.whenComplete { _ in registry.leave(subscriber) }
        return ResponseBody { writer in
            defer { registry.leave(subscriber) }
            if opening.readableBytes > 0 { try await writer.write(opening) }
            while let packet = await subscriber.mailbox.receive() {
                var rest = packet.bytes
                if let gap = subscriber.takeGap() { try await writer.write(gap) }
                while let slice = rest.readSlice(length: min(sliceBytes, rest.readableBytes)), slice.readableBytes > 0 {
                    try await writer.write(slice)
                }
                try await channel.eventLoop.submit {}.get()
            }
            try await writer.finish(nil)
        }
    }
}
