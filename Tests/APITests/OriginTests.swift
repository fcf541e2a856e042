// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Settings
import Tasks
import TestSupport
import Testing

@Suite("Which pages of other origins may do what", .timeLimit(.minutes(1)))
struct OriginTests {
    private static let studio = "https://studio.example:8443"
    private static let pipeline = "/api/v1/cameras/front/pipeline"
    private static let handshake = [
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    /// What changes something, or shows a camera, at every server.
    private static let changes: [(path: String, method: String, headers: [String], body: String?)] = [
        (pipeline, "PUT", [], "{}"), ("/cameras/refresh", "POST", [], nil),
        ("/v1/settings/ObjectDetectionYOLOv5-6.2", "POST", ["Content-Type: application/x-www-form-urlencoded"], "name=a&value=b"),
        ("/v1/vision/face/register", "POST", ["Content-Type: application/x-www-form-urlencoded"], "userid=a"),
        ("/v1/vision/detection?camera=front&deadline_ms=20", "POST", [], nil),
        ("/v1/vision/detection", "POST", ["Content-Type: application/x-www-form-urlencoded"], "camera=front&deadline_ms=20"),
    ]

    private func with<Result: Sendable>(
        trusted: [String] = [studio], allowed: [String] = [], _ body: @Sendable (RunningServer) async throws -> Result
    ) async throws -> Result {
        let parts = try FakeTasks.echo()
        defer { parts.scheduler.close() }
        return try await RunningServer.with(
            FakeAppliance([FakeCamera("front")]), codeProject: parts,
            {
                $0.trustedOrigins = trusted
                $0.allowedOrigins = allowed
            }, body: body)
    }

    @Test("A trusted page may change things at every server and read the answer; any other page may not", arguments: changes)
    func changing(path: String, method: String, headers: [String], body: String?) async throws {
        try await with(allowed: ["*"]) { server in
            let own = try await server.fetch(path, method: method, headers: headers, body: body)
            let trusted = try await server.fetch(path, method: method, headers: headers + ["Origin: \(Self.studio)"], body: body)
            #expect(trusted.status == own.status && trusted.status != 403)
            #expect(trusted.fields["access-control-allow-origin"] == Self.studio)
            #expect(trusted.fields["vary"]?.lowercased().contains("origin") == true)
            #expect(trusted.fields["access-control-allow-credentials"] == nil)
            for other in ["https://studio.example", "http://studio.example:8443", "https://evil.example:8443", "null"] {
                let reply = try await server.fetch(path, method: method, headers: headers + ["Origin: \(other)"], body: body)
                #expect(reply.status == 403, "\(other)")
            }
        }
    }

    @Test("Browsers that ask before are told what a trusted page may send", arguments: changes)
    func preflight(path: String, method: String, headers: [String], body: String?) async throws {
        try await with { server in
            let asked = [
                "Origin: \(Self.studio)", "Access-Control-Request-Method: \(method)",
                "Access-Control-Request-Headers: content-type,x-own",
            ]
            let reply = try await server.fetch(path, method: "OPTIONS", headers: asked)
            #expect(reply.status == 204)
            #expect(reply.fields["access-control-allow-origin"] == Self.studio)
            #expect(reply.fields["access-control-allow-methods"]?.components(separatedBy: ", ").contains(method) == true)
            let fields = reply.fields["access-control-allow-headers"]
            #expect(fields == "content-type,x-own")
            #expect(Int(reply.fields["access-control-max-age"] ?? "") ?? 0 > 0)
            #expect(reply.fields["vary"]?.lowercased().contains("origin") == true)
        }
    }

    @Test("Browsers that ask before for another page hear of no permission", arguments: [pipeline, "/cameras/refresh"])
    func foreignPreflight(path: String) async throws {
        try await with { server in
            let asked = ["Origin: https://evil.example", "Access-Control-Request-Method: POST"]
            let reply = try await server.fetch(path, method: "OPTIONS", headers: asked)
            #expect(reply.status == 204)
            for name in ["origin", "methods", "headers"] { #expect(reply.fields["access-control-allow-\(name)"] == nil) }
            // Else a cache could give it to the page that is trusted.
            #expect(reply.fields["vary"] == "Origin")
        }
    }

    @Test("A list of fields that is none is not repeated", arguments: ["a b", "x\u{e9}", String(repeating: "x", count: 2000)])
    func oddFields(list: String) async throws {
        try await with { server in
            let asked = [
                "Origin: \(Self.studio)", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: \(list)",
            ]
            let reply = try await server.fetch(Self.pipeline, method: "OPTIONS", headers: asked)
            #expect(reply.status == 204 && reply.fields["access-control-allow-headers"] == nil)
        }
    }

    @Test("A trusted page may open WebSockets, and every page may still ask about pictures of its own")
    func reading() async throws {
        try await with { server in
            for (origin, status) in [(Self.studio, 101), ("https://evil.example", 403)] {
                let wire = try await Wire.connect(server.port)
                let head = try await wire.ask(
                    "GET", "/cameras/FRONT/streams/CAM_B/nn", headers: Self.handshake + ["Origin: \(origin)"])
                #expect(head.status == status)
                await wire.close()
            }
            let own = try await server.fetch("/v1/vision/detection", method: "POST", headers: ["Origin: https://evil.example"])
            #expect(own.status == 200 && own.fields["access-control-allow-origin"] == "*")
            let status = try await server.fetch("/api/v1/status", headers: ["Origin: https://evil.example"])
            #expect(status.status == 200 && status.fields["access-control-allow-origin"] == nil)
            let read = try await server.fetch("/api/v1/status", headers: ["Origin: \(Self.studio)"])
            #expect(read.fields["access-control-allow-origin"] == Self.studio)
        }
    }

    @Test("A page's name that was pointed at the box is no trusted one")
    func rebinding() async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            try await wire.send(
                "PUT \(Self.pipeline) HTTP/1.1\r\nHost: studio.example\r\nOrigin: \(Self.studio)\r\nContent-Length: 2\r\n\r\n{}")
            #expect(try await wire.head().status == 421)
            await wire.close()
        }
    }

    @Test(
        "Origins are taken as browsers write them",
        arguments: [
            ("https://studio.example:8443", "https://studio.example:8443"), ("HTTP://Studio.LAN", "http://studio.lan"),
            ("http://studio.lan:80", "http://studio.lan"), ("https://studio.example:443", "https://studio.example"),
            ("http://[FD00::1]:8000", "http://[fd00::1]:8000"), ("http://192.168.1.7:8000", "http://192.168.1.7:8000"),
            ("capacitor://localhost", "capacitor://localhost"),
        ])
    func accepted(written: String, meant: String) throws {
        #expect(try settings(["http://a.lan", written]).trustedOrigins == ["http://a.lan", meant])
    }

    @Test(
        "Everything else is refused by its place, with what to write",
        arguments: [
            "*", "null", "", "studio.example", "//studio.example", "https://", "https://studio.example/", "https://a/b",
            "https://*.example", "https://user@a", "https://a:0", "https://a:65536", "https://a:", "https://a:b", "https://a b",
            "https://a?b", "https://a#b", "1http://a", "http://[::1", "http://[::1]a", "http://[a", "http://a,http://b",
            "http://b\u{fc}ro.lan", "http://\(String(repeating: "a", count: 300))",
        ])
    func refused(text: String) {
        #expect {
            try settings(["http://a.lan", "http://b.lan", text])
        } throws: { error in
            "\(error)".hasPrefix("test:4: http.trusted_origins.2: ") && "\(error)".contains("https://studio.example:8443")
        }
    }

    private func settings(_ origins: [String]) throws -> HTTPServerSettings {
        let yaml = "trusted_origins:\n" + origins.map { "- \"\($0)\"\n" }.joined()
        return try HTTPServerSettings(SettingsSection(SettingsDocument.yaml(yaml, name: "test"), path: "http"))
    }
}
