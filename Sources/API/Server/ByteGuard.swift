// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Tasks

/// Counts bytes next to the socket, and turns away those for whom there is no place.
final class ByteGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let watch: ConnectionGuard
    private var admitted = true

    init(_ watch: ConnectionGuard) {
        self.watch = watch
    }

    func channelActive(context: ChannelHandlerContext) {
        admitted = watch.begin()
        context.fireChannelActive()
        if !admitted { turnAway(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch.end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard admitted else { return }
        watch.received()
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        watch.sending(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { watch.inputClosed() }
        context.fireUserInboundEventTriggered(event)
    }

    private func turnAway(_ context: ChannelHandlerContext) {
        let body = HTTPError.busy("too_many_connections", "every connection is in use; try again in a moment").body.text
        let head =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n"
            + "Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer(string: head + body))), promise: nil)
        context.close(promise: nil)
    }
}
