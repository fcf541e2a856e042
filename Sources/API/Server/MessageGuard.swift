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
        case .head: watch.requestBegan()
        case .body: break
        case .end: watch.requestCompleted()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): watch.answerBegan(endless: !head.headers.contains(name: "content-length"))
        case .body: break
        case .end: watch.answerCompleted()
        }
        context.write(data, promise: promise)
    }
}
