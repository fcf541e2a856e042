// SPDX-License-Identifier: Apache-2.0
import Core
import NIOCore
import NIOWebSocket
import Pipeline

/// One WebSocket of a subscriber: sends what the broadcast makes, one message at a time, answers pings, asks silent clients
/// whether they are there. Lives on the connection's event loop.
///
/// The next message is taken when the kernel has taken the one before: what a slow client can pile up is one message and
/// the kernel's send buffer. The guard of the connection cuts it off when nothing moves.
final class WebSocketSession: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let subscriber: Subscriber?
    private let registry: BroadcastRegistry
    private let patience: Duration
    private let reason: String
    private var context: ChannelHandlerContext?
    private var isWriting = false
    private var isClosing = false
    private var prologue: Int?
    private var gate = VideoGate()
    private var heard = true
    private var asked = false
    private var nextLook: Scheduled<Void>?

    /// A client that does not answer the close is not waited for.
    private static let closingPatience = TimeAmount.seconds(2)

    /// - Parameters:
    ///   - subscriber: the place at the broadcast; nil to close at once with `reason`.
    ///   - patience: how long a client may be silent before it is asked whether it is there.
    init(_ subscriber: Subscriber?, registry: BroadcastRegistry, patience: Duration, reason: String) {
        self.subscriber = subscriber
        self.registry = registry
        self.patience = patience
        self.reason = reason
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let subscriber else { return close(.unexpectedServerError, reason) }
        guard context.channel.isActive else { return registry.leave(subscriber) }
        let loop = context.eventLoop
        let own = NIOLoopBound(self, eventLoop: loop)
        subscriber.mailbox.setOnReady { loop.execute { own.value.pump() } }
        subscriber.setOnEnd { loop.execute { own.value.close(.goingAway, "the stream has ended") } }
        look()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        heard = true
        switch frame.opcode {
        case .connectionClose: answerClose(frame.unmaskedData, context)
        case .ping:
            guard !isClosing, frame.fin, frame.length <= 125 else { return }
            send(.pong, frame.unmaskedData)
        default: break
        }
    }

    /// Gives the place back: the connection broke before the session began.
    func abandon() {
        if let subscriber { registry.leave(subscriber) }
    }

    // MARK: Sending

    private func pump() {
        guard !isWriting, !isClosing, let context, let packet = subscriber?.mailbox.poll() else { return }
        // After a loss a video goes on at the next key picture.
        if let link = packet.link, !gate.admits(number: link.number, isKey: link.isKey) { return pump() }
        if let head = packet.prologue, head.id != prologue {
            prologue = head.id
            send(.binary, head.bytes)
        }
        isWriting = true
        let frame = WebSocketFrame(fin: true, opcode: packet.isText ? .text : .binary, data: packet.bytes)
        let own = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in
            own.value.isWriting = false
            own.value.pump()
        }
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    }

    // MARK: Ending

    /// Says why it is over, and waits a moment for the client's answer.
    private func close(_ code: WebSocketErrorCode, _ reason: String) {
        guard !isClosing, let context else { return }
        isClosing = true
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        data.writeString(String(reason.prefix(100)))
        send(.connectionClose, data)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.closingPatience) { channel.close(promise: nil) }
    }

    private func answerClose(_ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let channel = context.channel
        guard !isClosing else { return channel.close(promise: nil) }
        isClosing = true
        var data = data
        let code = data.readSlice(length: min(2, data.readableBytes)) ?? ByteBuffer()
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: code)
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in channel.close(promise: nil) }
    }

    private func end() {
        nextLook?.cancel()
        nextLook = nil
        isClosing = true
        if let subscriber { registry.leave(subscriber) }
    }

    /// Asks a client that has been silent, and closes the one that stays silent.
    private func look() {
        guard let context, !isClosing else { return }
        if !heard, asked { return context.close(promise: nil) }
        asked = !heard
        if asked { send(.ping, ByteBuffer()) }
        heard = false
        nextLook = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(patience.nanoseconds)) { [self] in
            look()
        }
    }
}
