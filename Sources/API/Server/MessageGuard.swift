// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import NIOHTTP1
import Tasks

/// Tells the guard where requests and answers begin and end, and ends the connection in words when its bytes could mean two
/// things: after the answers that are still due, and without a look at what comes behind.
final class MessageGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let watch: ConnectionGuard
    /// Requests that were passed on and whose answers have not ended.
    private var unanswered = 0
    /// Between the head of a request and its end.
    private var isReading = false
    /// Between the head of an answer and its end.
    private var isAnswering = false
    /// What is to be said before the connection ends. From then on nothing is read.
    private var refusal: HTTPError?
    /// The decoder reads nothing behind a request that offers another protocol, although that is not taken up.
    private var isLastRequest = false
    /// The last thing was sent: nothing else may be.
    private var isOver = false

    init(_ watch: ConnectionGuard) {
        self.watch = watch
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            watch.requestBegan()
            if let problem = MessageRules.problem(head, unanswered: unanswered) { return refuse(problem, context) }
            unanswered += 1
            isReading = true
            isLastRequest = Self.offersOtherProtocol(head)
            welcome(head, context)
        case .body: break
        case .end:
            isReading = false
            watch.requestCompleted()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let problem = (error as? HTTPParserError).map(MessageRules.problem) else { return context.fireErrorCaught(error) }
        guard refusal == nil else { return }
        guard isReading else { return refuse(problem, context) }
        // The refusal is the answer to this request, unless that has begun or ended.
        if unanswered > 1 || unanswered == 1 && !isAnswering {
            unanswered -= 1
            refuse(problem, context)
        }
        // Whoever waits for the rest of the request hears that it does not come.
        context.fireErrorCaught(error)
    }

    /// `curl --http2` and Java's client do so with every first request.
    private static func offersOtherProtocol(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "upgrade") && !WebSocketUpgrade.asksForSocket(head)
    }

    /// curl asks before it sends more than a megabyte, and waits a second when nobody answers.
    private func welcome(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) else { return }
        let answer = HTTPResponseHead(version: head.version, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(answer)), promise: nil)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if isLastRequest, unanswered == 1 { head.headers.replaceOrAdd(name: "connection", value: "close") }
            let isLast = head.headers[canonicalForm: "connection"].contains("close")
            isAnswering = true
            watch.answerBegan(endless: !head.headers.contains(name: "content-length"), isLast: isLast)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            isAnswering = false
            unanswered = max(0, unanswered - 1)
            watch.answerCompleted()
            if unanswered == 0, isLastRequest, refusal == nil { return finish(data, promise, context) }
            context.write(data, promise: promise)
            if let refusal, unanswered == 0 { send(refusal, context) }
        }
    }

    // MARK: The end

    private func refuse(_ problem: HTTPError, _ context: ChannelHandlerContext) {
        refusal = problem
        if unanswered == 0 { send(problem, context) }
    }

    private func send(_ problem: HTTPError, _ context: ChannelHandlerContext) {
        let text = problem.body.text
        let headers: HTTPHeaders = [
            "content-type": "application/json", "content-length": "\(text.utf8.count)", "connection": "close",
        ]
        let status = HTTPResponseStatus(statusCode: problem.status.code)
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        finish(wrapOutboundOut(.end(nil)), nil, context)
    }

    /// Sends the last part of the last answer. When the kernel has taken all of it, this side is closed, and what the client
    /// is still sending is thrown away for a moment.
    private func finish(_ part: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        isOver = true
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.cascade(to: promise)
        let channel = context.channel
        sent.futureResult.assumeIsolated().whenComplete { [watch] _ in
            channel.close(mode: .output, promise: nil)
            watch.outputEnded()
        }
        context.writeAndFlush(part, promise: sent)
    }
}
