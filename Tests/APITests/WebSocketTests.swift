// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import NIOCore
import Pipeline
import Testing

/// What RFC 6455 asks of a server whose client does not keep to it.
@Suite("WebSockets: handshakes, frames and closes", .timeLimit(.minutes(1)))
struct WebSocketTests {
    private static let path = "/cameras/FRONT/streams/CAM_A/nn"
    private static let asking = ["Upgrade: websocket", "Connection: Upgrade"]
    private static let thirteen = "Sec-WebSocket-Version: 13"
    private static let sixteen = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="

    /// A frame as clients send it.
    static func frame(
        _ opcode: UInt8, _ payload: [UInt8] = [], final: Bool = true, reserved: UInt8 = 0, masked: Bool = true
    ) -> [UInt8] {
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        var bytes = [(final ? 0x80 : 0) | reserved << 4 | opcode]
        let flag: UInt8 = masked ? 0x80 : 0
        if payload.count < 126 {
            bytes.append(flag | UInt8(payload.count))
        } else {
            bytes += [flag | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        guard masked else { return bytes + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    private static func close(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
        frame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    /// What is sent, and the code of the server's close.
    static let violations: [(name: String, bytes: [UInt8], code: UInt16)] = [
        ("text without a mask", frame(1, [0x61], masked: false), 1002),
        ("ping without a mask", frame(9, masked: false), 1002),
        ("close without a mask", frame(8, [3, 0xE8], masked: false), 1002),
        ("reserved bit 1", frame(1, [0x61], reserved: 4), 1002),
        ("reserved bit 2", frame(1, [0x61], reserved: 2), 1002),
        ("reserved bit 3 of a ping", frame(9, reserved: 1), 1002),
        ("opcode 3", frame(3), 1002), ("opcode 7", frame(7), 1002),
        ("opcode 11", frame(11), 1002), ("opcode 15", frame(15), 1002),
        ("continuation of nothing", frame(0, [0x61]), 1002),
        ("continuation of a message that has ended", frame(1, final: false) + frame(0) + frame(0), 1002),
        ("text within a message", frame(1, [0x61], final: false) + frame(1, [0x61]), 1002),
        ("binary within a message", frame(1, [0x61], final: false) + frame(2, [0x61], final: false), 1002),
        ("fragmented ping", frame(9, final: false), 1002), ("fragmented close", frame(8, [3, 0xE8], final: false), 1002),
        ("ping of 126 bytes", frame(9, [UInt8](repeating: 0, count: 126)), 1002),
        ("close of 126 bytes", frame(8, [3, 0xE8] + [UInt8](repeating: 0x61, count: 124)), 1002),
        ("bad UTF-8", frame(1, [0x61, 0xFF]), 1007),
        ("UTF-8 that ends early", frame(1, [0xE2, 0x82]), 1007),
        ("surrogate in UTF-8", frame(1, [0xED, 0xA0, 0x80]), 1007),
        ("overlong UTF-8", frame(1, [0xC0, 0xAF]), 1007),
        ("bad UTF-8 over two fragments", frame(1, [0xE2, 0x82], final: false) + frame(0, [0x41]), 1007),
        ("bad UTF-8 around a ping", frame(1, [0xE2], final: false) + frame(0, [0x82], final: false) + frame(0), 1007),
        ("close of one byte", frame(8, [3]), 1002),
        ("bad UTF-8 in the reason of a close", close(1000, [0xC3, 0x28]), 1007),
        ("frame beyond the limit", frame(2, [UInt8](repeating: 0, count: 4097)), 1009),
        ("frame of 2^63 bytes", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
        ("frame of 2^40 bytes", [0x82, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
        (
            "message beyond the limit",
            frame(2, [UInt8](repeating: 0, count: 4000), final: false) + frame(0, [UInt8](repeating: 0, count: 97)), 1009
        ),
    ]

    @Test("A client that breaks the rules is told by which code, and the connection ends", arguments: violations)
    func violation(name: String, bytes: [UInt8], code: UInt16) async throws {
        try await withSocket { wire in
            // Nothing behind the fault is heard any more.
            try await wire.channel.writeAndFlush(ByteBuffer(bytes: bytes + Self.frame(9, [0x61])))
            #expect(try await answer(wire) == [0x88, UInt8(code >> 8), UInt8(code & 0xFF)])
            #expect(await wire.drain() == 0)
        }
    }

    @Test(
        "Codes that nobody may send are refused",
        arguments: [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] as [UInt16])
    func illegalClose(code: UInt16) async throws {
        try await withSocket { wire in
            try await wire.channel.writeAndFlush(ByteBuffer(bytes: Self.close(code)))
            #expect(try await answer(wire) == [0x88, 3, 0xEA])
            #expect(await wire.drain() == 0)
        }
    }

    @Test(
        "A close is answered with its code, whatever its reason",
        arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 3999, 4000, 4999] as [UInt16])
    func legalClose(code: UInt16) async throws {
        try await withSocket { wire in
            try await wire.channel.writeAndFlush(ByteBuffer(bytes: Self.close(code, Array("d\u{e9}j\u{e0} vu".utf8))))
            #expect(try await answer(wire) == [0x88, UInt8(code >> 8), UInt8(code & 0xFF)])
            #expect(await wire.drain() == 0)
        }
    }

    @Test("A close without a code is answered with one without")
    func emptyClose() async throws {
        try await withSocket { wire in
            try await wire.channel.writeAndFlush(ByteBuffer(bytes: Self.frame(8)))
            #expect(try await answer(wire) == [0x88])
            #expect(await wire.drain() == 0)
        }
    }

    @Test("Messages that keep to the rules are heard without an answer, also in fragments and around pings")
    func messages() async throws {
        try await withSocket { wire in
            let euro: [UInt8] = [0xE2, 0x82, 0xAC]
            let longest = [UInt8](repeating: 0x61, count: 4096)
            let bytes =
                Self.frame(1, euro) + Self.frame(2, [0xFF]) + Self.frame(1, longest) + Self.frame(1)
                + Self.frame(1, [euro[0]], final: false) + Self.frame(9, [1]) + Self.frame(0, [euro[1]], final: false)
                + Self.frame(10, [7]) + Self.frame(0, [euro[2]]) + Self.frame(2, [0xE2], final: false) + Self.frame(0, [0x41])
                + Self.frame(9, [UInt8](repeating: 5, count: 125)) + Self.frame(9)
            // Byte by byte, as a network may deliver it.
            for byte in bytes { wire.channel.write(ByteBuffer(bytes: [byte]), promise: nil) }
            try await wire.channel.writeAndFlush(ByteBuffer())
            #expect(try await answer(wire) == [0x8A, 1])
            #expect(try await answer(wire) == [0x8A] + [UInt8](repeating: 5, count: 125))
            #expect(try await answer(wire) == [0x8A])
            await wire.close()
        }
    }

    @Test(
        "A version other than 13 is told the right one",
        arguments: [["Sec-WebSocket-Version: 8"], ["Sec-WebSocket-Version: 14"], ["Sec-WebSocket-Version: 8, 13"], []])
    func version(fields: [String]) async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            let head = try await wire.ask("GET", Self.path, headers: Self.asking + [Self.sixteen] + fields)
            #expect(head.status == 426)
            #expect(head.fields["sec-websocket-version"] == "13" && head.fields["upgrade"] == "websocket")
            await wire.close()
        }
    }

    @Test(
        "A handshake needs one key of sixteen bytes, and the Connection field",
        arguments: [
            asking + [thirteen], asking + [thirteen, "Sec-WebSocket-Key: "],
            asking + [thirteen, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"],
            asking + [thirteen, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!=="],
            asking + [thirteen, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTEy"], asking + [thirteen, sixteen, sixteen],
            ["Upgrade: websocket", thirteen, sixteen], ["Upgrade: websocket", "Connection: keep-alive", thirteen, sixteen],
        ])
    func badHandshake(headers: [String]) async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            #expect(try await wire.ask("GET", Self.path, headers: headers).status == 400)
            await wire.close()
        }
    }

    @Test("Lists and upper case in a handshake mean the same")
    func goodHandshake() async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            let headers = ["Upgrade: WebSocket", "Connection: keep-alive, UPGRADE", Self.thirteen, Self.sixteen]
            #expect(try await wire.ask("GET", Self.path, headers: headers).status == 101)
            await wire.close()
        }
    }

    @Test("A handshake behind requests that are still being answered is refused, after their answers")
    func handshakeBehindOthers() async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            let slow = "GET /api/v1/cameras/front/streams/color/snapshot.jpg HTTP/1.1\r\nHost: a\r\n\r\n"
            let fields = ["Host: a"] + Self.asking + [Self.thirteen, Self.sixteen]
            try await wire.send(slow + "GET \(Self.path) HTTP/1.1\r\n" + fields.joined(separator: "\r\n") + "\r\n\r\n")
            for status in [503, 400] {
                let head = try await wire.head()
                #expect(head.status == status)
                _ = try await wire.read(Int(head.fields["content-length"] ?? "") ?? 0)
            }
            #expect(await wire.drain() == 0)
        }
    }

    private func with(_ body: @Sendable (RunningServer) async throws -> Void) async throws {
        let camera = FakeCamera("front")
        try await camera.attached.deploy(model: [1], configuration: #"{"type":"MobileNet"}"#, at: .color)
        try await RunningServer.with(FakeAppliance([camera]), { $0.snapshotTimeout = .milliseconds(20) }, body: body)
    }

    private func withSocket(_ body: @Sendable (Wire) async throws -> Void) async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            let head = try await wire.ask("GET", Self.path, headers: Self.asking + [Self.thirteen, Self.sixteen])
            try #require(head.status == 101)
            try await body(wire)
            await wire.close()
            await until { server.live.subscribers == 0 }
        }
    }

    /// The first byte and the payload of the next frame from the server, of a close without its reason.
    private func answer(_ wire: Wire) async throws -> [UInt8] {
        let head = try await wire.read(2)
        let payload = try await wire.read(Int(head[1]))
        return [head[0]] + (head[0] == 0x88 ? Array(payload.prefix(2)) : payload)
    }
}
