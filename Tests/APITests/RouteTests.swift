// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import Pipeline
import Testing

@Suite("Every room answers", .timeLimit(.minutes(1)))
struct RouteTests {
    @Test("The dashboard is one page that may load nothing from elsewhere")
    func dashboard() async throws {
        let reply = try await RunningServer.with(FakeAppliance([])) {
            try await $0.fetch("/", headers: ["Accept: text/html,*/*;q=0.8"])
        }
        #expect(reply.status == 200)
        #expect(reply.fields["content-type"] == "text/html; charset=utf-8")
        #expect(reply.fields["content-security-policy"]?.contains("default-src 'none'") == true)
        let page = String(decoding: reply.body, as: UTF8.self)
        #expect(page.contains("<title>depthd"))
        #expect(!page.contains("https://") && !page.contains("src=\"//"))
        #expect(reply.body.count < 48_000)
    }

    @Test("Health is 200 while a camera delivers, and says what is wrong with the others")
    func health() async throws {
        let appliance = FakeAppliance([FakeCamera("front"), FakeCamera("rear", state: .lost, why: "unplugged")])
        try await RunningServer.with(appliance) { server in
            let degraded = try await server.fetch("/healthz")
            #expect(degraded.status == 200)
            #expect(degraded.object["status"] as? String == "degraded")
            #expect(degraded.object["why"] as? [String] == ["rear: unplugged"])
            appliance.fakes[1].set(.running, why: "")
            #expect(try await server.fetch("/healthz").body == Array(#"{"status":"ok"}"#.utf8))
            for camera in appliance.fakes { camera.set(.lost, why: "gone") }
            let dead = try await server.fetch("/healthz")
            #expect(dead.status == 503)
            #expect(dead.object["why"] as? [String] == ["front: lost, gone", "rear: lost, gone"])
        }
        let empty = try await RunningServer.with(FakeAppliance([])) { try await $0.fetch("/healthz") }
        #expect(empty.status == 503)
    }

    @Test("Status and cameras show what the box says, with or without a slash at the end")
    func status() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            for path in ["/api/v1/status", "/api/v1/status/"] {
                let status = try await server.fetch(path)
                #expect(status.status == 200)
                #expect(status.fields["content-type"] == "application/json")
                #expect(status.object["version"] as? String == "1.0.0")
                #expect((status.object["cameras"] as? [Any])?.count == 1)
            }
            let list = try await server.fetch("/api/v1/cameras").object["cameras"] as? [[String: Any]]
            #expect(list?.first?["id"] as? String == "front")
            #expect(try await server.fetch("/api/v1/cameras/front").object["state"] as? String == "running")
            let streams = try await server.fetch("/api/v1/cameras/front/streams").object
            #expect((streams["streams"] as? [Any])?.count == StreamName.allCases.count)
            #expect((streams["known"] as? [String])?.contains("object_tracker") == true)
        }
    }

    @Test("A pipeline is read, replaced, and kept when the new one is refused")
    func pipeline() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            let path = "/api/v1/cameras/front/pipeline"
            #expect(try await server.fetch(path).object["streams"] as? [String] == ["previewout", "metaout"])
            let accepted = try await server.fetch(path, method: "PUT", body: #"{"streams":["depth"]}"#)
            #expect(accepted.status == 200)
            #expect(accepted.object["streams"] as? [String] == ["depth"])
            let refused = try await server.fetch(path, method: "PUT", body: #"{"depth":{"padding_factor":7}}"#)
            #expect(refused.status == 422)
            #expect(refused.refusal == ["bad_pipeline", "depth.padding_factor"])
            #expect(try await server.fetch(path).object["streams"] as? [String] == ["depth"])
        }
    }

    @Test("The truth is told by exposure")
    func truth() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            #expect(try await server.fetch("/api/v1/cameras/front/truth").object["sequence"] as? Int == 7)
            #expect(try await server.fetch("/api/v1/cameras/front/truth?sequence=7").status == 200)
            let old = try await server.fetch("/api/v1/cameras/front/truth?sequence=3")
            #expect(old.status == 404)
            #expect(old.refusal == ["no_truth", "sequence"])
        }
    }

    @Test("The newest result has the documented shape, null where nothing is known")
    func latest() async throws {
        let camera = FakeCamera("front")
        let near = Detection(
            label: 0, confidence: 0.5, box: NormalizedBox(xMin: 0.25, yMin: 0, xMax: 0.5, yMax: 1),
            position: PositionMillimetres(x: -100.04, y: 20, z: 1500),
            evidence: RangeEvidence(pixels: 812, standardErrorMillimetres: 4.25))
        let blind = Detection(label: 9, confidence: .nan, box: NormalizedBox(xMin: .nan, yMin: -1, xMax: 2, yMax: 1))
        camera.publishTracks(
            [Track(id: 3, state: .tracked, detection: near), Track(id: 4, state: .lost, detection: blind)], sequence: 11)
        camera.publishDetections([near], sequence: 11)
        try await RunningServer.with(FakeAppliance([camera])) { server in
            let result = try await server.fetch("/api/v1/cameras/front/streams/object_tracker/latest").object
            #expect(result["camera"] as? String == "front")
            #expect(result["stream"] as? String == "object_tracker")
            #expect(result["frame"] as? Int == 11)
            #expect(result["capture_ns"] as? Int == 42_000_000_000)
            #expect(result["depth_skew_ms"] as? Double == -2.5)
            #expect((result["timing_ms"] as? [String: Double]) == ["stereo": 8.1, "inference": 21.5, "fusion": 0.4])
            #expect((result["utc"] as? String)?.count == 24)
            let objects = try #require(result["objects"] as? [[String: Any]])
            #expect(objects[0]["label_name"] as? String == "ball")
            #expect(objects[0]["track"] as? Int == 3)
            #expect(objects[0]["state"] as? String == "TRACKED")
            #expect(objects[0]["box"] as? [Double] == [0.25, 0, 0.5, 1])
            #expect(objects[0]["x_mm"] as? Double == -100)
            #expect(objects[0]["z_mm"] as? Double == 1500)
            #expect(objects[0]["pixels"] as? Int == 812)
            #expect(objects[1]["label_name"] as? String == "9")
            #expect(objects[1]["confidence"] is NSNull && objects[1]["z_mm"] is NSNull && objects[1]["pixels"] is NSNull)
            #expect(objects[1]["box"] as? [Double] == [0, 0, 1, 1])
            let found =
                try await server.fetch("/api/v1/cameras/front/streams/metaout/latest").object["objects"] as? [[String: Any]]
            #expect(found?.first?["track"] == nil && found?.first?["x_mm"] as? Double == -100)
        }
    }

    @Test("HEAD is GET without a body, and OPTIONS names the methods")
    func otherMethods() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            let head = try await server.fetch("/api/v1/cameras", method: "HEAD")
            #expect(head.status == 200)
            #expect(Int(head.fields["content-length"] ?? "") ?? 0 > 100)
            let options = try await server.fetch("/api/v1/cameras/front/pipeline", method: "OPTIONS")
            #expect(options.status == 204)
            #expect(options.fields["allow"] == "GET, HEAD, PUT, OPTIONS")
        }
    }

    @Test("Other origins may read only when the settings say so")
    func origins() async throws {
        let ask = { @Sendable (server: RunningServer) in
            try await server.fetch("/api/v1/status", headers: ["Origin: https://panel.example"])
        }
        let closed = try await RunningServer.with(FakeAppliance([]), body: ask)
        #expect(closed.fields["access-control-allow-origin"] == nil)
        let named = try await RunningServer.with(FakeAppliance([]), { $0.allowedOrigins = ["https://panel.example"] }, body: ask)
        #expect(named.fields["access-control-allow-origin"] == "https://panel.example")
        let all = try await RunningServer.with(FakeAppliance([]), { $0.allowedOrigins = ["*"] }, body: ask)
        #expect(all.fields["access-control-allow-origin"] == "*")
    }
}
