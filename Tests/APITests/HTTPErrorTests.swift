// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import NIOCore
import Pipeline
import Testing

@Suite("Every refusal has its status, code, field and remedy", .timeLimit(.minutes(1)))
struct RefusalTests {
    @Test(
        "Requests that cannot be served",
        arguments: [
            ("/nowhere", 404, "unknown_path", ""),
            ("/api/v1/cameras/x", 404, "unknown_camera", "id"),
            ("/api/v1/cameras/%zz", 400, "bad_path", ""),
            ("/api/v1/cameras/front/streams/nonsense/latest", 404, "unknown_stream", "name"),
            ("/api/v1/cameras/front/streams/left/mjpeg", 409, "stream_not_offered", "name"),
            ("/api/v1/cameras/rear/streams/left/mjpeg", 503, "camera_not_running", ""),
            ("/api/v1/cameras/front/streams/color/mjpeg?fps=fast", 400, "bad_parameter", "fps"),
            ("/api/v1/cameras/front/streams/color/mjpeg?fps=0", 400, "bad_parameter", "fps"),
            ("/api/v1/cameras/front/streams/color/mjpeg?fps=nan", 400, "bad_parameter", "fps"),
            ("/api/v1/cameras/front/streams/color/mjpeg?quality=101", 400, "bad_parameter", "quality"),
            ("/api/v1/cameras/front/streams/metaout/events?fps=-1", 400, "bad_parameter", "fps"),
            ("/api/v1/cameras/front/truth?sequence=-1", 400, "bad_parameter", "sequence"),
            ("/api/v1/cameras/front/truth?sequence=99999999999999999999", 400, "bad_parameter", "sequence"),
            ("/api/v1/cameras/front/streams/depth/snapshot.jpg", 415, "wrong_form", "name"),
            ("/api/v1/cameras/front/streams/depth_raw/mjpeg", 415, "wrong_form", "name"),
            ("/api/v1/cameras/front/streams/metaout/snapshot.png", 415, "wrong_form", "name"),
            ("/api/v1/cameras/front/streams/color/latest", 415, "wrong_form", "name"),
            ("/api/v1/cameras/front/streams/color/events", 415, "wrong_form", "name"),
            ("/api/v1/cameras/front/streams/metaout/latest", 503, "no_result", ""),
            ("/api/v1/cameras/front/streams/color/snapshot.jpg", 503, "no_frame", ""),
        ])
    func refused(path: String, status: Int, code: String, field: String) async throws {
        let appliance = FakeAppliance([
            FakeCamera("front", offers: [.color, .depth, .metaout]),
            FakeCamera("rear", state: .lost, why: "unplugged", offers: []),
        ])
        let reply = try await RunningServer.with(appliance, { $0.snapshotTimeout = .milliseconds(20) }) {
            try await $0.fetch(path)
        }
        #expect(reply.status == status)
        #expect(reply.refusal == [code, field])
        #expect(reply.message.count > 10)
        #expect((reply.fields["retry-after"] != nil) == (status == 503))
    }

    @Test("Messages name what there is, and what to do")
    func remedies() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front", offers: [.depth])])) { server in
            #expect(try await server.fetch("/api/v1/cameras/x").message.contains("there are: front"))
            let absent = try await server.fetch("/api/v1/cameras/front/streams/left/mjpeg").message
            #expect(absent.contains("add \"left\" to its \"streams\" and PUT it to /api/v1/cameras/front/pipeline"))
            #expect(
                try await server.fetch("/api/v1/cameras/front/streams/depth/snapshot.jpg").message.contains("disparity_color"))
        }
    }

    @Test("A wrong method is answered with the right ones")
    func methods() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            let post = try await server.fetch("/api/v1/cameras/front/pipeline", method: "POST", body: "{}")
            #expect(post.status == 405)
            #expect(post.refusal == ["method_not_allowed", ""])
            #expect(post.fields["allow"] == "GET, HEAD, PUT, OPTIONS")
            #expect(try await server.fetch("/api/v1/cameras/front/streams/color/mjpeg", method: "HEAD").status == 405)
        }
    }

    @Test("A body over the limit is refused, announced or not")
    func tooLarge() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), { $0.maximumBodyBytes = 100 }) { server in
            let path = "/api/v1/cameras/front/pipeline"
            let announced = try await server.fetch(path, method: "PUT", body: String(repeating: " ", count: 101))
            #expect(announced.status == 413)
            #expect(announced.refusal == ["body_too_large", ""])
            let wire = try await Wire.connect(server.port)
            try await wire.send("PUT \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
            try await wire.send("80\r\n" + String(repeating: " ", count: 128) + "\r\n0\r\n\r\n")
            #expect(try await wire.head().status == 413)
        }
    }

    @Test("A web page from elsewhere may not change the box; the box's own page and programs may")
    func foreignOrigin() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), { $0.allowedOrigins = ["*"] }) { server in
            let path = "/api/v1/cameras/front/pipeline"
            let foreign = try await server.fetch(path, method: "PUT", headers: ["Origin: https://evil.example"], body: "{}")
            #expect(foreign.status == 403)
            #expect(foreign.refusal == ["foreign_origin", "Origin"])
            #expect(try await server.fetch(path, method: "PUT", headers: ["Origin: http://127.0.0.1"], body: "{}").status == 200)
            #expect(try await server.fetch(path, method: "PUT", headers: ["Origin: null"], body: "{}").status == 403)
        }
    }

    @Test(
        "The box answers to its own names only",
        arguments: [
            ("evil.example", 421), ("evil.example:8080", 421), ("depthd.local:8080", 200), ("raspberrypi", 200),
            ("[::1]:80", 200),
            ("192.168.1.7:8080", 200), ("vision.example", 200),
        ])
    func hosts(host: String, status: Int) async throws {
        try await RunningServer.with(FakeAppliance([]), { $0.allowedHosts = ["vision.example"] }) { server in
            let wire = try await Wire.connect(server.port)
            try await wire.send("GET /api/v1/status HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(try await wire.head().status == status)
        }
    }

    @Test("A port that is taken is named with the setting and the remedy")
    func portTaken() async throws {
        let appliance = FakeAppliance([])
        try await RunningServer.with(appliance) { first in
            do {
                try await RunningServer.with(appliance, { $0.port = first.port }) { _ in Issue.record("two servers on one port") }
            } catch let error as ListenError {
                #expect(error == .portInUse(section: "http", host: "127.0.0.1", port: first.port))
                #expect("\(error)".hasPrefix("http.port: port \(first.port)"))
            }
        }
    }
}
