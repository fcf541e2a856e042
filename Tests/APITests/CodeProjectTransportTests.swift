// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Tasks
import TestSupport
import Testing

/// The ways in which real clients of CodeProject.AI and DeepStack put their questions.
@Suite("CodeProject.AI: transport", .timeLimit(.minutes(1)))
struct CodeProjectTransportTests {
    private static let multipart = "Content-Type: multipart/form-data; boundary=X"

    private func form(_ parts: [(head: String, body: String)]) -> String {
        parts.map { "--X\r\nContent-Disposition: form-data; \($0.head)\r\n\r\n\($0.body)\r\n" }.joined() + "--X--\r\n"
    }

    private func with(
        _ adjust: (inout CodeProjectParts) -> Void = { _ in }, _ body: @Sendable (RunningServer) async throws -> Void
    ) async throws {
        let parts = try FakeTasks.echo(adjust)
        defer { parts.scheduler.close() }
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), codeProject: parts, body: body)
    }

    private func strings(_ value: Any?) -> [String] { (value as? [Any])?.map { "\($0)" } ?? [] }

    @Test("A file has any field name, and several keep their order", arguments: ["image", "upload", "image1", "file", ""])
    func fieldNames(name: String) async throws {
        try await with { server in
            let body = form([("name=\"\(name)\"; filename=\"a.jpg\"", "abc"), ("name=\"second\"; filename=\"b\"", "abcdef")])
            let reply = try await server.fetch("/v1/vision/detection", method: "POST", headers: [Self.multipart], body: body)
            #expect(reply.status == 200)
            #expect(strings(reply.object["files"]) == ["3", "6"])
            #expect(reply.fields["content-length"] == "\(reply.body.count)")
            #expect(reply.fields["transfer-encoding"] == nil)
            #expect(reply.fields["content-type"] == "application/json")
        }
    }

    @Test("The query goes before the form, and a body is not needed")
    func query() async throws {
        try await with { server in
            let body = form([("name=\"min_confidence\"", "0.9"), ("name=\"userid\"", "J\u{f6}rg & Co")])
            let path = "/v1/vision/detection?min_confidence=0.25&min_confidence=0.5"
            let both = try await server.fetch(path, method: "POST", headers: [Self.multipart], body: body).object
            #expect(both["min_confidence"] as? Double == 0.25)
            #expect(both["userid"] as? String == "J\u{f6}rg & Co")
            #expect(try await server.fetch(path, method: "POST").object["min_confidence"] as? Double == 0.25)
            let empty = try await server.fetch("/v1/vision/detection", method: "POST", headers: [Self.multipart], body: "")
            #expect(empty.object["success"] as? Bool == true)
        }
    }

    @Test("Urlencoded forms and JSON envelopes are forms, too")
    func otherForms() async throws {
        try await with { server in
            let encoded = try await server.fetch(
                "/v1/vision/face/register", method: "POST", headers: ["Content-Type: application/x-www-form-urlencoded"],
                body: "userid=J%C3%B6rg+%26+Co&min_confidence=0.3"
            ).object
            #expect(encoded["userid"] as? String == "J\u{f6}rg & Co")
            let json = #"""
                {"values":[{"Key":"min_confidence","Value":["0.7","0.1"]},{"Key":"userid","Value":"a\"b"}],
                 "files":[{"name":"x","filename":"a.jpg","contentType":"image/jpeg","data":"aGVs\/bG8="}],"other":[{"a":[1,null]}]}
                """#
            let enveloped = try await server.fetch(
                "/v1/vision/detection", method: "POST", headers: ["Content-Type: application/json; charset=utf-8"], body: json
            ).object
            #expect(enveloped["min_confidence"] as? Double == 0.7)
            #expect(enveloped["userid"] as? String == "a\"b")
            #expect(strings(enveloped["files"]) == ["6"])
        }
    }

    @Test("Routes are the same in any case; the longest that fits answers, with the rest of the path")
    func routes() async throws {
        try await with { server in
            for (path, command, segments) in [
                ("/v1/VISION/Detection/", "detect", []), ("/V1/vision/custom/ipcam%20general", "custom", ["ipcam general"]),
                ("/v1/vision/custom/list", "list-custom", []), ("/v1/vision/detectionX", "detect", ["X"]),
            ] as [(String, String, [String])] {
                let answer = try await server.fetch(path, method: "POST").object
                #expect(answer["command"] as? String == command)
                #expect(strings(answer["segments"]) == segments)
            }
            let unknown = try await server.fetch("/v1/vision/nothing", method: "POST")
            #expect(unknown.status == 404 && unknown.object["success"] as? Bool == false)
            let got = try await server.fetch("/v1/vision/detection")
            #expect(got.status == 405 && got.fields["allow"]?.contains("POST") == true)
        }
    }

    @Test("A failure is HTTP 200 with an error and empty predictions; a missing model says what to do")
    func failures() async throws {
        try await with { server in
            for bad in ["nan", "inf", "1.5", "-1", "many", "1e999"] {
                let reply = try await server.fetch("/v1/vision/detection?min_confidence=\(bad)", method: "POST")
                #expect(reply.status == 200)
                #expect(reply.object["success"] as? Bool == false && reply.object["code"] as? Int == 500)
                #expect((reply.object["error"] as? String)?.contains("min_confidence") == true)
                #expect((reply.object["predictions"] as? [Any])?.isEmpty == true && reply.object["count"] as? Int == 0)
            }
            let scene = try await server.fetch("/v1/vision/scene", method: "POST")
            #expect(scene.status == 200)
            #expect((scene.object["error"] as? String)?.contains("depthd models install") == true)
        }
    }

    @Test("Both generations of keys are there, times as RFC 1123 says")
    func envelope() async throws {
        try await with { server in
            let answer = try await server.fetch("/v1/vision/detection", method: "POST").object
            for key in [
                "moduleId", "moduleName", "code", "requestId", "inferenceDevice", "executionProvider", "canUseGPU",
                "analysisRoundTripMs", "processedBy", "timestampUTC", "inferenceMs", "processMs",
            ] {
                #expect(answer[key] != nil, "\(key)")
            }
            #expect((answer["timestampUTC"] as? String)?.hasSuffix(" GMT") == true)
        }
    }

    @Test("Any page may ask about what it brings along; what changes the box is for its own pages")
    func origins() async throws {
        try await with { server in
            let foreign = "Origin: http://elsewhere.example"
            let asked = try await server.fetch("/v1/vision/detection", method: "POST", headers: [foreign])
            #expect(asked.status == 200 && asked.fields["access-control-allow-origin"] == "*")
            let preflight = try await server.fetch("/v1/vision/detection", method: "OPTIONS", headers: [foreign])
            #expect(preflight.status == 204 && preflight.fields["access-control-allow-methods"]?.contains("POST") == true)
            for path in ["/v1/settings/FaceProcessing", "/v1/vision/face/register", "/v1/vision/detection?camera=front"] {
                let reply = try await server.fetch(path, method: "POST", headers: [foreign])
                #expect(reply.status == 403 && reply.fields["access-control-allow-origin"] == nil, "\(path)")
            }
            #expect(try await server.fetch("/v1/log/list", headers: [foreign]).fields["access-control-allow-origin"] == nil)
        }
    }

    @Test("A foreign page may not ask about a camera, wherever it names one; our own pages may")
    func foreignPagesSeeNoCamera() async throws {
        try await with { server in
            let forms: [(type: String, body: String)] = [
                ("Content-Type: application/x-www-form-urlencoded", "camera=front"),
                (Self.multipart, form([("name=\"camera\"", "front")])),
                (Self.multipart, form([("name=\"camera\"", "front"), ("name=\"image\"; filename=\"a.jpg\"", "x")])),
            ]
            for (type, body) in forms {
                for origin in ["Origin: http://evil.example", "Origin: null"] {
                    let reply = try await server.fetch(
                        "/v1/vision/detection", method: "POST", headers: [origin, type], body: body)
                    #expect(reply.status == 403 && reply.refusal == ["foreign_origin", "Origin"], "\(body)")
                    #expect(reply.fields["access-control-allow-origin"] == nil)
                }
            }
            let own = try await server.fetch(
                "/v1/vision/detection", method: "POST", headers: ["Origin: http://127.0.0.1", forms[0].type],
                body: "camera=nowhere")
            #expect(own.status == 200 && (own.object["error"] as? String)?.contains("there are: front") == true)
        }
    }

    @Test("What is too large, malformed or cut off is refused at once, and the connection ends")
    func hostileBodies() async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            try await wire.send(
                "POST /v1/vision/detection HTTP/1.1\r\nHost: 127.0.0.1\r\n\(Self.multipart)\r\nContent-Length: 30000001\r\n\r\n")
            let head = try await wire.head()
            #expect(head.status == 413 && head.fields["connection"] == "close")
            #expect(await wire.drain() > 0)
            let fields = (0..<10_000).map { ("name=\"f\($0)\"", "1") }
            let many = try await server.fetch(
                "/v1/vision/detection", method: "POST", headers: [Self.multipart], body: form(fields))
            #expect((many.object["error"] as? String)?.contains("256 at most") == true)
            let pairs = (0..<10_000).map { "f\($0)=1" }.joined(separator: "&")
            let encoded = try await server.fetch(
                "/v1/vision/detection", method: "POST", headers: ["Content-Type: application/x-www-form-urlencoded"], body: pairs)
            #expect((encoded.object["error"] as? String)?.contains("send at most 256") == true)
            for body in ["--Y--", "--X\r\nno colon\r\n\r\n", "", "--X\r\n\r\nabc"].dropFirst(0) where !body.isEmpty {
                let reply = try await server.fetch("/v1/vision/detection", method: "POST", headers: [Self.multipart], body: body)
                #expect(reply.status == 200 && reply.object["success"] as? Bool == false, "\(body)")
            }
            for body in [
                "{", "[]", "{\"files\":[{\"data\":\"***\"}]}", String(repeating: "{\"a\":", count: 200), "{\"values\":[{}]}x",
            ] {
                let reply = try await server.fetch(
                    "/v1/vision/detection", method: "POST", headers: ["Content-Type: application/json"], body: body)
                #expect(reply.object["success"] as? Bool == false, "\(body.prefix(40))")
            }
        }
    }

    @Test("A form that never ends is cut off at 30 million bytes, with an answer")
    func endlessForm() async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            try await wire.send(
                "POST /v1/vision/detection HTTP/1.1\r\nHost: 127.0.0.1\r\n\(Self.multipart)\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            let opening = "--X\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n"
            try await wire.send(String(opening.utf8.count, radix: 16) + "\r\n\(opening)\r\n")
            let chunk = "F4240\r\n" + String(repeating: "x", count: 1_000_000) + "\r\n"
            for _ in 0..<30 { try await wire.send(chunk) }
            #expect(try await wire.head().status == 413)
        }
    }

    @Test("curl's question whether to go on is answered")
    func expectContinue() async throws {
        try await with { server in
            let wire = try await Wire.connect(server.port)
            let body = form([("name=\"a\"; filename=\"a\"", "abc")])
            try await wire.send(
                "POST /v1/vision/detection HTTP/1.1\r\nHost: 127.0.0.1\r\n\(Self.multipart)\r\nExpect: 100-continue\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n")
            #expect(try await wire.head().status == 100)
            try await wire.send(body)
            #expect(try await wire.head().status == 200)
        }
    }

    @Test("DeepStack mode gives real errors, wants its key and tells a duration")
    func deepStack() async throws {
        try await with({ $0.deepStack = .init(apiKey: "secret") }) { server in
            #expect(try await server.fetch("/v1/vision/detection", method: "POST").status == 401)
            #expect(try await server.fetch("/v1/vision/detection?api_key=secreT", method: "POST").status == 401)
            let right = try await server.fetch("/v1/vision/detection?api_key=secret", method: "POST")
            #expect(right.status == 200 && right.object["duration"] as? Int == 0)
            let bad = try await server.fetch("/v1/vision/detection?api_key=secret&min_confidence=2", method: "POST")
            #expect(bad.status == 400)
            #expect(try await server.fetch("/v1/vision/scene?api_key=secret", method: "POST").status == 403)
        }
    }

    @Test("The upload budget is shared fairly and given back")
    func budget() {
        let budget = UploadBudget(total: 100, perClient: 60)
        do {
            let (first, second) = (budget.open(for: "a"), budget.open(for: "a"))
            let other = budget.open(for: "b")
            #expect(first.take(50) && !second.take(20) && second.take(10))
            #expect(other.take(40) && !other.take(1))
            #expect(budget.used == 100)
        }
        #expect(budget.used == 0)
    }
}
