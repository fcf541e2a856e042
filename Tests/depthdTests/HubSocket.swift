// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// A WebSocket client over a plain socket, for one task at a time.
final class HubSocket: Sendable {
    struct Refused: Error {
        let answer: String
    }

    private let descriptor: Int32

    /// Connects to `ws://127.0.0.1:port/path`.
    init(_ base: String, _ path: String) async throws {
        let port = UInt16(URL(string: base)?.port ?? 0)
        descriptor = try await Blocking.run {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            var patience = timeval(tv_sec: 30, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            let request =
                "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            guard connected, send(descriptor, request, request.utf8.count, 0) == request.utf8.count else {
                throw Refused(answer: "no connection")
            }
            var answer: [UInt8] = []
            while !answer.suffix(4).elementsEqual("\r\n\r\n".utf8) { answer += try HubSocket.read(descriptor, 1) }
            let text = String(decoding: answer, as: UTF8.self)
            guard text.hasPrefix("HTTP/1.1 101") else { throw Refused(answer: text) }
            return descriptor
        }
    }

    deinit { close(descriptor) }

    /// The payload of the next message.
    func next() async throws -> [UInt8] {
        try await Blocking.run { [descriptor] in
            let head = try HubSocket.read(descriptor, 2)
            var length = Int(head[1] & 0x7F)
            if length >= 126 {
                length = try HubSocket.read(descriptor, length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
            }
            return try HubSocket.read(descriptor, length)
        }
    }

    /// The `detections` of the next result.
    func detections() async throws -> [Any] {
        let object = try JSONSerialization.jsonObject(with: Data(try await next())) as? [String: Any]
        return object?["detections"] as? [Any] ?? []
    }

    private static func read(_ descriptor: Int32, _ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + filled, count - filled, 0) }
            guard got > 0 else { throw Refused(answer: "the connection ended") }
            filled += got
        }
        return bytes
    }
}
