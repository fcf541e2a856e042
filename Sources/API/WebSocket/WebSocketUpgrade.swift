// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Tasks

/// Stands behind the HTTP decoder and turns a connection that asks for it into a WebSocket. Everything else passes.
final class WebSocketUpgrade: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let router: WebSocketRouter
    private let watch: ConnectionGuard
    /// A handshake whose end has not come yet.
    private var head: HTTPRequestHead?

    /// The largest message a client may send; none has anything to say.
    private static let largestFrame = 4096

    init(_ router: WebSocketRouter, _ watch: ConnectionGuard) {
        self.router = router
        self.watch = watch
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where Self.asksForSocket(head): self.head = head
        case .body where head != nil: break
        case .end where head != nil: answer(context)
        default: context.fireChannelRead(data)
        }
    }

    private static func asksForSocket(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head else { return }
        self.head = nil
        guard head.headers[canonicalForm: "sec-websocket-version"].contains("13"),
            let key = head.headers.first(name: "sec-websocket-key"), key.utf8.count == 24
        else { return refuse(context, .init(status: .badRequest, detail: .text("a WebSocket of version 13 needs its key"))) }
        switch router.decide(head) {
        case .refusal(let problem): refuse(context, problem)
        case .nothing(let reason): open(context, key, subscriber: nil, reason: reason)
        case .subscribed(let subscriber): open(context, key, subscriber: subscriber, reason: "")
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ problem: HubProblem) {
        let text = problem.body.text
        let headers: HTTPHeaders = [
            "content-type": "application/json", "content-length": "\(text.utf8.count)", "connection": "close",
        ]
        let status = HTTPResponseStatus(statusCode: problem.status.code)
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    private func open(_ context: ChannelHandlerContext, _ key: String, subscriber: Subscriber?, reason: String) {
        let session = WebSocketSession(
            subscriber, registry: router.registry, patience: router.patience, reason: reason)
        // The decoder is still in the middle of handing out this request.
        let parts = NIOLoopBound((self, context, session), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (upgrade, context, session) = parts.value
            guard context.channel.isActive else { return session.abandon() }
            upgrade.accept(context, key)
            upgrade.exchangeHandlers(context.channel, session)
        }
    }

    private func accept(_ context: ChannelHandlerContext, _ key: String) {
        let headers: HTTPHeaders = [
            "upgrade": "websocket", "connection": "upgrade", "sec-websocket-accept": WebSocketAcceptKey.answer(to: key),
        ]
        context.write(
            wrapOutboundOut(.head(.init(version: .http1_1, status: .switchingProtocols, headers: headers))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        watch.becameSocket()
    }

    /// HTTP's handlers between the socket and here go, WebSocket's take their place; what is behind hears nothing any more.
    private func exchangeHandlers(_ channel: any Channel, _ session: WebSocketSession) {
        let pipeline = channel.pipeline.syncOperations
        do {
            let old: [any RemovableChannelHandler] = [
                try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self),
                try pipeline.handler(type: HTTPResponseEncoder.self), try pipeline.handler(type: MessageGuard.self),
            ]
            for handler in old { pipeline.removeHandler(handler, promise: nil) }
            let frames = WebSocketFrameEncoder()
            try pipeline.addHandler(frames, position: .before(self))
            let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: Self.largestFrame))
            try pipeline.addHandler(decoder, position: .before(self))
            try pipeline.addHandler(WebSocketProtocolErrorHandler(isServer: true), position: .before(self))
            try pipeline.addHandler(session, position: .before(self))
            pipeline.removeHandler(self, promise: nil)
        } catch {
            session.abandon()
            channel.close(promise: nil)
        }
    }
}
