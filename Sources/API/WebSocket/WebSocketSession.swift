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
    /// The client broke the rules: nothing it sends is looked at any more.
    private var hasFailed = false
    private var messages = WebSocketMessages()
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
        // Bytes behind a frame that was refused come as further errors.
        guard !isClosing else { return }
        guard let code = WebSocketMessages.violation(error) else { return context.close(promise: nil) }
        fail(code, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heard = true
        guard !hasFailed else { return }
        switch messages.receive(unwrapInboundIn(data)) {
        case .nothing: break
        case .ping(let data):
            // A client that asks faster than it reads has its newest questions dropped, as RFC 6455 permits.
            if !isClosing, context.channel.isWritable { send(.pong, data) }
        case .close(let code): answerClose(code, context)
        case .violation(let code): fail(code, context)
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

    private func answerClose(_ code: ByteBuffer, _ context: ChannelHandlerContext) {
        let channel = context.channel
        guard !isClosing else { return channel.close(promise: nil) }
        isClosing = true
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: code)
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Ends a connection whose client broke the rules. It may still be sending, and closing at once would reset the
    /// connection and with it the code that says why; so only this side is closed, and what comes is thrown away.
    private func fail(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        guard !hasFailed else { return }
        hasFailed = true
        close(code, "")
        context.close(mode: .output, promise: nil)
        end()
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
