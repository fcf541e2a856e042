// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// A WebSocket client over a plain socket, for one task at a time.
final class HubSocket: Sendable {
    private let socket: PlainSocket

    /// Connects to `ws://127.0.0.1:port/path`.
    init(_ base: String, _ path: String) async throws {
        let port = URL(string: base)?.port ?? 0
        socket = try await Blocking.run {
            let socket = try PlainSocket(port: port)
            let request =
                "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            try socket.write(Array(request.utf8))
            var answer: [UInt8] = []
            while !answer.suffix(4).elementsEqual("\r\n\r\n".utf8) { answer += try socket.read(1) }
            let text = String(decoding: answer, as: UTF8.self)
            guard text.hasPrefix("HTTP/1.1 101") else { throw PlainSocket.Refused(answer: text) }
            return socket
        }
    }

    /// The payload of the next message.
    func next() async throws -> [UInt8] {
        try await Blocking.run { [socket] in
            let head = try socket.read(2)
            var length = Int(head[1] & 0x7F)
            if length >= 126 {
                length = try socket.read(length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
            }
            return try socket.read(length)
        }
    }

    /// The `detections` of the next result.
    func detections() async throws -> [Any] {
        let object = try JSONSerialization.jsonObject(with: Data(try await next())) as? [String: Any]
        return object?["detections"] as? [Any] ?? []
    }
}
