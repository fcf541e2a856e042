// SPDX-License-Identifier: Apache-2.0
import Foundation
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

    static func asksForSocket(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head else { return }
        self.head = nil
        guard head.headers["sec-websocket-version"] == ["13"] else {
            let problem = HubProblem(status: .upgradeRequired, detail: .text("send Sec-WebSocket-Version: 13"))
            return refuse(context, problem, ["sec-websocket-version": "13", "upgrade": "websocket"])
        }
        guard let key = Self.key(of: head) else {
            let needed = "a WebSocket needs HTTP/1.1, Connection: Upgrade and one Sec-WebSocket-Key of 16 bytes in base64"
            return refuse(context, HubProblem(status: .badRequest, detail: .text(needed)))
        }
        switch router.decide(head) {
        case .refusal(let problem): refuse(context, problem)
        case .nothing(let reason): open(context, key, subscriber: nil, reason: reason)
        case .subscribed(let subscriber): open(context, key, subscriber: subscriber, reason: "")
        }
    }

    /// The key of a handshake; nil when it is none.
    private static func key(of head: HTTPRequestHead) -> String? {
        let keys = head.headers["sec-websocket-key"]
        guard head.version == .http1_1, keys.count == 1, Data(base64Encoded: keys[0])?.count == 16,
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
        else { return nil }
        return keys[0]
    }

    private func refuse(_ context: ChannelHandlerContext, _ problem: HubProblem, _ more: HTTPHeaders = [:]) {
        let text = problem.body.text
        var headers: HTTPHeaders = [
            "content-type": "application/json", "content-length": "\(text.utf8.count)", "connection": "close",
        ]
        headers.add(contentsOf: more)
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
            let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: WebSocketMessages.largest))
            try pipeline.addHandler(decoder, position: .before(self))
            try pipeline.addHandler(session, position: .before(self))
            pipeline.removeHandler(self, promise: nil)
        } catch {
            session.abandon()
            channel.close(promise: nil)
        }
    }
}
