// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix

/// A socket tied to one peer: the kernel tells it, and it alone, when nobody listens there any more (ICMP).
enum TiedSocket {
    /// Opens a socket on the server's own address and port, tied to a subscriber, so that the subscriber sees one sender only.
    ///
    /// Until it is tied the kernel may hand it other senders' datagrams: whoever reads it must take datagrams from anyone.
    /// - Parameter server: the address of the server's socket, which allows sharing (`allowSharing`).
    static func open(
        sharing server: SocketAddress, to peer: SocketAddress, on eventLoop: any EventLoop, handler: TiedSocketHandler
    ) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(handler, eventLoop: eventLoop)
        return UDPSocket.bootstrap(on: eventLoop, isV6: server.protocol == .inet6)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
            }
            .bind(to: server)
            .flatMap { channel in channel.connect(to: peer).map { channel } }
    }

    /// Lets sockets that ask for it share the port of a bound socket. Done after binding, so that a second daemon on the
    /// same port is still refused.
    static func allowSharing(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.setOption(.socketOption(.so_reuseaddr), value: 1)
    }
}

/// Passes on what comes to a tied socket, and what the kernel tells of the peer.
final class TiedSocketHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let onDatagram: (AddressedEnvelope<ByteBuffer>) -> Void
    private let onLoss: (any Error) -> Void

    /// - Parameters:
    ///   - onDatagram: what to do with datagrams; the receivers of the settings are not listened to.
    ///   - onLoss: may be called more than once.
    init(onDatagram: @escaping (AddressedEnvelope<ByteBuffer>) -> Void = { _ in }, onLoss: @escaping (any Error) -> Void) {
        self.onDatagram = onDatagram
        self.onLoss = onLoss
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { onDatagram(unwrapInboundIn(data)) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { onLoss(error) }
    func channelInactive(context: ChannelHandlerContext) { onLoss(ChannelError.ioOnClosedChannel) }
}
