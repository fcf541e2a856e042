// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where the daemon listens, for the commands that ask it something.
struct DaemonAddress: Sendable {
    let host: String
    let port: Int

    /// - Parameter url: `http://host:port`, with or without a trailing slash.
    init(url: String) throws {
        var rest = Substring(url)
        guard rest.hasPrefix("http://") else { throw Failure(description: "--url must begin with http://, not '\(url)'") }
        rest = rest.dropFirst("http://".count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let colon = rest.lastIndex(of: ":")
        let port = colon.flatMap { Int(rest[rest.index(after: $0)...]) }
        guard let colon, let port, (1...65535).contains(port), colon != rest.startIndex else {
            throw Failure(description: "--url must name host and port, such as http://127.0.0.1:8080, not '\(url)'")
        }
        host = rest[..<colon].trimmingBrackets
        self.port = port
    }
}

extension Substring {
    /// An IPv6 address without its URL brackets.
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : String(self)
    }
}

/// One GET to the daemon.
enum HTTPFetch {
    struct Answer {
        var status: Int
        /// By name in small letters.
        var headers: [String: String]
        var body: [UInt8]
    }

    private static let maximumBytes = 64 << 20

    /// - Throws: `Failure` when nobody answers, with what to do.
    static func get(_ path: String, from address: DaemonAddress) async throws -> Answer {
        let channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
        do {
            channel = try await connect(address)
        } catch {
            throw Failure(description: "no answer from http://\(address.host):\(address.port); is depthd running? (\(error))")
        }
        return try await channel.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
            head.headers.add(name: "Host", value: "\(address.host):\(address.port)")
            head.headers.add(name: "Connection", value: "close")
            try await outbound.write(.head(head))
            try await outbound.write(.end(nil))
            var answer = Answer(status: 0, headers: [:], body: [])
            for try await part in inbound {
                switch part {
                case .head(let head):
                    answer.status = Int(head.status.code)
                    for header in head.headers { answer.headers[header.name.lowercased()] = header.value }
                case .body(let buffer):
                    answer.body.append(contentsOf: buffer.readableBytesView)
                    guard answer.body.count <= maximumBytes else {
                        throw Failure(description: "the daemon's answer is too large")
                    }
                case .end: return answer
                }
            }
            throw Failure(description: "the daemon closed the connection before its answer was complete")
        }
    }

    private static func connect(
        _ address: DaemonAddress
    ) async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }
}
