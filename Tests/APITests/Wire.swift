// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// A client that speaks HTTP/1.1 byte by byte, so that it can also misbehave. For one task at a time.
final class Wire {
    let channel: any Channel
    private var incoming: AsyncStream<ByteBuffer>.Iterator
    private var unread = ByteBuffer()

    private init(channel: any Channel, incoming: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.incoming = incoming.makeAsyncIterator()
    }

    /// - Parameter reading: false for a client that never takes what is sent to it.
    static func connect(_ port: Int, reading: Bool = true) async throws -> Wire {
        let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reading)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
        if !reading { _ = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 4096) }
        return Wire(channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get(), incoming: stream)
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    func close() async {
        try? await channel.close()
    }

    /// Sends a request without surprises and reads its head, which must be as `openapi.json` describes it.
    func ask(_ method: String = "GET", _ path: String, headers: [String] = [], body: String? = nil) async throws -> Head {
        let head = try await exchange(method, path, headers: headers, body: body)
        // A WebSocket is another protocol, of which OpenAPI knows nothing.
        if !headers.contains(where: { $0.lowercased().hasPrefix("upgrade:") }) { try head.check(method, path, body: nil) }
        return head
    }

    /// The same for whoever checks the head together with the body.
    func exchange(_ method: String, _ path: String, headers: [String], body: String?) async throws -> Head {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1"] + headers
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try await head()
    }

    func head() async throws -> Head {
        var lines = try await read(until: "\r\n\r\n").components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        var head = Head(status: words.count > 1 ? Int(words[1]) ?? 0 : 0, fields: [:])
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { head.fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return head
    }

    /// Reads up to `mark`, which is taken and not returned.
    func read(until mark: String) async throws -> String {
        let wanted = Array(mark.utf8)
        while true {
            if let at = unread.readableBytesView.firstRange(of: wanted) {
                let text = unread.readString(length: at.lowerBound - unread.readerIndex) ?? ""
                unread.moveReaderIndex(forwardBy: wanted.count)
                return text
            }
            try await more()
        }
    }

    func read(_ count: Int) async throws -> [UInt8] {
        while unread.readableBytes < count { try await more() }
        return unread.readBytes(length: count) ?? []
    }

    /// The next chunk of a chunked body; empty at the end of the body.
    func chunk() async throws -> [UInt8] {
        let size = Int(try await read(until: "\r\n"), radix: 16) ?? 0
        let bytes = try await read(size)
        _ = try await read(2)
        return bytes
    }

    /// Takes what comes until the other side closes.
    func drain() async -> Int {
        var total = unread.readableBytes
        while let bytes = await incoming.next() { total += bytes.readableBytes }
        return total
    }

    private func more() async throws {
        guard var bytes = await incoming.next() else { throw Ended() }
        unread.discardReadBytes()
        unread.writeBuffer(&bytes)
    }

    struct Ended: Error {}

    struct Head {
        var status: Int
        var fields: [String: String]

        /// Holds an answer against `openapi.json`.
        func check(_ method: String, _ path: String, body: Data?) throws {
            let answer = APIDescription.Answer(
                method: method, path: path, status: status, contentType: fields["content-type"] ?? "", body: body)
            for problem in try APIDescription.ofCheckout.get().problems(answer) { Issue.record("\(problem)") }
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) {
            continuation.finish()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
