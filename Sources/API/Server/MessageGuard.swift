// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1

/// Tells the guard where requests and answers begin and end.
final class MessageGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let watch: ConnectionGuard

    init(_ watch: ConnectionGuard) {
        self.watch = watch
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            watch.requestBegan()
            welcome(head, context)
        case .body: break
        case .end: watch.requestCompleted()
        }
        context.fireChannelRead(data)
    }

    /// curl asks before it sends more than a megabyte, and waits a second when nobody answers.
    private func welcome(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) else { return }
        let answer = HTTPResponseHead(version: head.version, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(answer)), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            let isLast = head.headers[canonicalForm: "connection"].contains("close")
            watch.answerBegan(endless: !head.headers.contains(name: "content-length"), isLast: isLast)
        case .body: break
        case .end: watch.answerCompleted()
        }
        context.write(data, promise: promise)
    }
}
