// SPDX-License-Identifier: Apache-2.0
import Core
import Hummingbird
import NIOCore

/// Writes a viewer's parts until it leaves, the stream ends or the connection breaks.
///
/// Hummingbird's writer waits once 64 KB wait in the connection, but learns of that one turn of the event loop late. So
/// parts go out in slices, and after each part the loop is awaited: what a client that stops reading can pile up is the
/// 64 KB, one part, and the kernel's send buffer. The guard of the connection cuts it off when nothing moves.
enum StreamingBody {
    private static let sliceBytes = 32 * 1024

    static func body(_ viewer: Subscriber, opening: ByteBuffer, registry: BroadcastRegistry, channel: any Channel) -> ResponseBody
    {
        // A connection that breaks before or while the body is written ends the viewer in any case.
        channel.closeFuture.whenComplete { _ in registry.leave(viewer) }
        return ResponseBody { writer in
            defer { registry.leave(viewer) }
            if opening.readableBytes > 0 { try await writer.write(opening) }
            while var part = await viewer.mailbox.receive() {
                if let gap = viewer.takeGap() { try await writer.write(gap) }
                while let slice = part.readSlice(length: min(sliceBytes, part.readableBytes)), slice.readableBytes > 0 {
                    try await writer.write(slice)
                }
                try await channel.eventLoop.submit {}.get()
            }
            try await writer.finish(nil)
        }
    }
}
