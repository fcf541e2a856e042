// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import NIOCore
import TestSupport
import Testing

/// What RFC 9112 has a server refuse, because two readers on the way could understand it in two ways.
@Suite("Messages with two meanings are refused, and the connection ends", .timeLimit(.minutes(1)))
struct MessageTests {
    private static let path = "/api/v1/cameras/front/pipeline"
    private static let get = "GET /api/v1/status HTTP/1.1\r\n"
    private static let put = "PUT \(path) HTTP/1.1\r\nHost: a\r\n"

    /// Each with the field that the answer names.
    static let ambiguous: [(request: String, field: String)] = [
        (get + "Host: a\r\nHost: b\r\n\r\n", "Host"),
        (get + "Host: a\r\nhost: a\r\n\r\n", "Host"),
        (get + "\r\n", "Host"),
        (get + "Host:\r\n\r\n", "Host"),
        (get + "Host: a, b\r\n\r\n", "Host"),
        (get + "Host: a b\r\n\r\n", "Host"),
        (get + "Host: user@a\r\n\r\n", "Host"),
        (get + "Host: a/b\r\n\r\n", "Host"),
        (get + "Host: a:80:80\r\n\r\n", "Host"),
        (get + "Host: a:port\r\n\r\n", "Host"),
        ("GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "Host"),
        ("GET http://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n", "Host"),
        ("GET http://a:81/healthz HTTP/1.1\r\nHost: a\r\n\r\n", "Host"),
        ("GET http://user@a/healthz HTTP/1.1\r\nHost: a\r\n\r\n", "Host"),
        ("GET https://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n", ""),
        ("GET a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", ""),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", ""),
        ("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", ""),
        (put + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "Content-Length"),
        (put + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "Content-Length"),
        (put + "Content-Length: 2, 2\r\n\r\n{}", "Content-Length"),
        (put + "Content-Length: +2\r\n\r\n{}", "Content-Length"),
        (put + "Content-Length: -2\r\n\r\n{}", "Content-Length"),
        (put + "Content-Length: 2 2\r\n\r\n{}", "Content-Length"),
        (put + "Content-Length: 0x2\r\n\r\n{}", "Content-Length"),
        (put + "Content-Length: 99999999999999999999999\r\n\r\n{}", "Content-Length"),
        (put + "Content-Length:\r\n\r\n", "Content-Length"),
        (put + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "Content-Length"),
        (put + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", ""),
        (put + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""),
        (put + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", ""),
        (put + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", ""),
        (put + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding"),
        (put + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", ""),
        (put + "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", "Transfer-Encoding"),
        (put + "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n", "Transfer-Encoding"),
        (put + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding"),
        ("PUT \(path) HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding"),
        (get + "Host: a\r\nX Y: 1\r\n\r\n", ""),
        (get + "Host: a\r\nX-Y : 1\r\n\r\n", ""),
        (get + "Host : a\r\n\r\n", ""),
        (get + " Host: a\r\n\r\n", ""),
        (get + "Host: a\r\n: 1\r\n\r\n", ""),
        (get + "Host: a\r\nX\u{1}Y: 1\r\n\r\n", ""),
        (get + "Host: a\r\nX-Y\r\n\r\n", ""),
        (get + "Host: a\r\nX-Y: 1\u{1}2\r\n\r\n", ""),
        (get + "Host: a\r\nX-Y: 1\u{7F}2\r\n\r\n", ""),
        (get + "Host: a\r\nX-Y: 1\u{0}2\r\n\r\n", ""),
        (get + "Host: a\u{0}\r\n\r\n", ""),
        (get + "Host: a\r\nX-Y: 1\rZ: 2\r\n\r\n", ""),
        (get + "Host: a\r\nX-Y: 1\r\n 2\r\n\r\n", ""),
        (get + "Host: a\r\nX-Y: 1\r\n\t2\r\n\r\n", ""),
        (get + "Host: a\r\n\tX-Y: 1\r\n\r\n", ""),
        ("GET /api\u{0}/v1 HTTP/1.1\r\nHost: a\r\n\r\n", ""),
        ("GET /api/v1 status HTTP/1.1\r\nHost: a\r\n\r\n", ""),
        ("GET /healthz HTTP/1.1 \r\nHost: a\r\n\r\n", ""),
        ("GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", ""),
        ("GET /healthz HTTP/1.7\r\nHost: a\r\n\r\n", ""),
        ("GET /healthz\r\n\r\n", ""),
        ("get /healthz HTTP/1.1\r\nHost: a\r\n\r\n", ""),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}", ""),
    ]

    @Test("Refused before anything is done, in words, as the last thing on the connection", arguments: ambiguous)
    func refused(request: String, field: String) async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(FakeAppliance([camera])) { server in
            let wire = try await Wire.connect(server.port)
            // What follows may be the rest of a body to one reader and a request to another.
            try await wire.send(request + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            let refusal = try await refusal(wire)
            try #require(refusal.head.status == 400)
            #expect(refusal.head.fields["connection"] == "close")
            #expect(refusal.head.fields["content-type"] == "application/json")
            #expect(refusal.code == "bad_request" && refusal.field == field)
            #expect(refusal.message.count > 20)
            #expect(await wire.drain() == 0)
        }
    }

    @Test(
        "What every reader understands in the same way is served, however it is written",
        arguments: [
            get + "Host: a\r\n\r\n", get + "hOST:a\r\n\r\n", get + "Host: \t a \t \r\n\r\n", get + "Host: [::1]:80\r\n\r\n",
            get + "Host: a:\r\n\r\n", "GET /api/v1/status HTTP/1.0\r\n\r\n",
            "GET http://a/api/v1/status HTTP/1.1\r\nHost: a\r\n\r\n", "GET HTTP://A:80/api/v1/status HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a:81/api/v1/status HTTP/1.1\r\nHost: a:81\r\n\r\n",
            "GET http://a/api/v1/status HTTP/1.0\r\n\r\n", get + "Host: a\r\nX-Y:\r\n\r\n",
            get + "Host: a\r\nX-Y: \u{e9}\r\n\r\n",
            get + "Host: a\r\nContent-Length: 0\r\n\r\n", "\r\n" + get + "Host: a\r\n\r\n",
            put + "Content-Length: 2 \r\n\r\n{}", put + "Transfer-Encoding: Chunked \r\n\r\n2;a=b\r\n{}\r\n0\r\nX-Y: 1\r\n\r\n",
        ])
    func served(request: String) async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            let wire = try await Wire.connect(server.port)
            try await wire.send(request)
            #expect(try await wire.head().status == 200)
            await wire.close()
        }
    }

    @Test("A head beyond its limits has a status of its own", arguments: ["target", "field", "all fields", "number of fields"])
    func tooLarge(what: String) async throws {
        let long = String(repeating: "a", count: 17 << 10)
        let request =
            switch what {
            case "target": "GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n"
            case "field": Self.get + "Host: a\r\nX-Y: \(long)\r\n\r\n"
            case "all fields":
                Self.get + "Host: a\r\n" + String(repeating: "X-Y: \(long.prefix(12 << 10))\r\n", count: 3) + "\r\n"
            default: Self.get + "Host: a\r\n" + String(repeating: "X: a\r\n", count: 101) + "\r\n"
            }
        try await RunningServer.with(FakeAppliance([])) { server in
            let wire = try await Wire.connect(server.port)
            try await wire.send(request)
            let refusal = try await refusal(wire)
            try #require(refusal.head.status == 431)
            #expect(refusal.code == "head_too_large")
            #expect(await wire.drain() == 0)
        }
    }

    @Test("Requests before a refused one are answered first, in their order")
    func behindOthers() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), { $0.snapshotTimeout = .milliseconds(20) }) { server in
            let wire = try await Wire.connect(server.port)
            let slow = "GET /api/v1/cameras/front/streams/color/snapshot.jpg HTTP/1.1\r\nHost: a\r\n\r\n"
            try await wire.send(slow + Self.get + "Host: a\r\nHost: b\r\n\r\n")
            let first = try await refusal(wire)
            #expect(first.head.status == 503 && first.code == "no_frame")
            let second = try await refusal(wire)
            try #require(second.head.status == 400)
            #expect(second.field == "Host")
            #expect(await wire.drain() == 0)
        }
    }

    @Test("A body that stops making sense is refused in the same words", arguments: ["zz\r\n", "-1\r\n", "2\r\n{}x"])
    func brokenBody(chunk: String) async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            let wire = try await Wire.connect(server.port)
            try await wire.send(Self.put + "Transfer-Encoding: chunked\r\n\r\n" + chunk)
            let refusal = try await refusal(wire)
            try #require(refusal.head.status == 400)
            #expect(refusal.code == "bad_request")
            #expect(await wire.drain() == 0)
        }
    }

    @Test("A client that offers another protocol is answered in this one, and told that no more is read")
    func otherProtocol() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            let wire = try await Wire.connect(server.port)
            // As curl --http2 asks.
            let head = try await wire.exchange(
                "GET", "/api/v1/cameras", headers: ["Connection: Upgrade", "Upgrade: h2c"], body: nil)
            #expect(head.status == 200 && head.fields["connection"] == "close")
            let length = Int(head.fields["content-length"] ?? "") ?? 0
            #expect(try await wire.read(length).count == length && length > 0)
            #expect(await wire.drain() == 0)
        }
    }

    private struct Refusal {
        var head: Wire.Head
        var code = ""
        var field = ""
        var message = ""
    }

    private func refusal(_ wire: Wire) async throws -> Refusal {
        let head = try await wire.head()
        let body = try await wire.read(Int(head.fields["content-length"] ?? "") ?? 0)
        let error = try JSONDocument(Data(body))["error"]
        return Refusal(
            head: head, code: error?["code"]?.string ?? "", field: error?["field"]?.string ?? "",
            message: error?["message"]?.string ?? "")
    }
}
