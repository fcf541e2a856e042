// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import Pipeline
import Synchronization
import Testing

@Suite("The camera hub's REST API answers as its original", .timeLimit(.minutes(1)))
struct HubRouteTests {
    private func list(_ reply: RunningServer.Reply) -> [[String: Any]] {
        (try? JSONSerialization.jsonObject(with: Data(reply.body))) as? [[String: Any]] ?? []
    }

    private func text(_ reply: RunningServer.Reply) -> String { String(decoding: reply.body, as: UTF8.self) }

    /// Type and place of the first wrong field.
    private func problem(_ reply: RunningServer.Reply) -> [String] {
        let first = (reply.object["detail"] as? [[String: Any]])?.first
        let loc = (first?["loc"] as? [Any] ?? []).map { "\($0)" }.joined(separator: ".")
        return ["\(reply.status)", first?["type"] as? String ?? "", loc]
    }

    private static let json = ["Content-Type: application/json"]

    @Test("Programs are greeted, browsers get the dashboard")
    func greeting() async throws {
        try await RunningServer.with(FakeAppliance([])) { service in
            let greeting = try await service.fetch("/")
            #expect(text(greeting) == "Hello from Robopipe API!")
            #expect(greeting.fields["content-type"]?.hasPrefix("text/plain") == true)
            #expect(try await service.fetch("/docs").fields["content-type"]?.hasPrefix("text/html") == true)
        }
    }

    @Test("Cameras are listed, found, closed and opened, with and without a slash at the end")
    func cameras() async throws {
        let appliance = FakeAppliance([FakeCamera("front-1"), FakeCamera("gone", state: .lost, why: "unplugged")])
        try await RunningServer.with(appliance) { service in
            for path in ["/cameras", "/cameras/"] {
                let cameras = list(try await service.fetch(path))
                #expect(cameras.map { $0["mxid"] as? String } == ["FRONT-1"])
                #expect(
                    Set(cameras[0].keys) == ["mxid", "name", "camera_name", "platform", "protocol", "state", "status"])
                #expect(cameras[0]["state"] as? String == "X_LINK_BOOTED")
            }
            #expect(
                try await service.fetch("/cameras/FRONT-1/", method: "DELETE").object["state"] as? String == "X_LINK_UNBOOTED")
            #expect(try await service.fetch("/cameras/FRONT-1").object["state"] as? String == "X_LINK_UNBOOTED")
            let closed = list(try await service.fetch("/cameras/FRONT-1/streams"))
            #expect(closed.allSatisfy { $0["active"] as? Bool == false })
            #expect(
                list(try await service.fetch("/cameras/refresh", method: "POST")).first?["state"] as? String == "X_LINK_UNBOOTED")
            let booted = list(try await service.fetch("/cameras/refresh?boot=true", method: "POST"))
            #expect(booted.first?["state"] as? String == "X_LINK_BOOTED")
            #expect(try await service.fetch("/cameras/FRONT-1", method: "POST").status == 200)
            let stats = try await service.fetch("/cameras/FRONT-1/stats").object
            #expect((stats["chip_temperature"] as? [String: Any])?["average"] as? Double == 56.2)
            #expect((stats["ddr_memory_usage"] as? [String: Any])?["used"] as? Int == 1_100_000_000)
            #expect(
                problem(try await service.fetch("/cameras/refresh?boot=perhaps", method: "POST")) == [
                    "422", "bool_parsing", "query.boot",
                ])
        }
    }

    @Test("What is unknown is 404, what cannot be a name is 422, what cannot be done is 405")
    func unknown() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front"), FakeCamera("gone", state: .lost)])) { service in
            for path in [
                "/cameras/XX", "/cameras/aB1", "/cameras/GONE", "/cameras/FRONT/streams/CAM_H/control", "/controller/ai/1",
            ] {
                let reply = try await service.fetch(path)
                #expect(reply.status == 404 && text(reply) == "null", "\(path)")
            }
            #expect(problem(try await service.fetch("/cameras/abc-x")) == ["422", "string_pattern_mismatch", "path.mxid"])
            #expect(
                problem(try await service.fetch("/cameras/FRONT/streams/depth/nn"))
                    == ["422", "string_pattern_mismatch", "path.stream_name"])
            #expect(text(try await service.fetch("/cameras/FRONT/what")) == #"{"detail":"Not Found"}"#)
            let wrong = try await service.fetch("/cameras", method: "PUT")
            #expect(wrong.status == 405 && text(wrong) == #"{"detail":"Method Not Allowed"}"#)
            #expect(wrong.fields["allow"]?.contains("GET") == true)
            for path in ["/controller", "/controller/di", "/controller/sensor/"] {
                #expect(text(try await service.fetch(path)) == "[]")
            }
        }
    }

    @Test("Depth and its pictures exclude each other; both dialects of the list")
    func streams() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), { $0.hubStreams = .object }) { service in
            func active() async throws -> [String] {
                list(try await service.fetch("/cameras/FRONT/streams?format=array")).filter { $0["active"] as? Bool == true }
                    .compactMap { $0["name"] as? String }
            }
            #expect(try await active() == ["CAM_A", "CAM_B", "CAM_C"])
            let depth = try await service.fetch("/cameras/FRONT/streams/DEPTH_B_C/", method: "POST")
            #expect(depth.status == 201 && text(depth) == "null")
            #expect(try await active() == ["CAM_A", "DEPTH_B_C"])
            #expect(try await service.fetch("/cameras/FRONT/streams/CAM_B", method: "POST").status == 201)
            #expect(try await active() == ["CAM_A", "CAM_B"])
            for _ in 0..<2 {
                let gone = try await service.fetch("/cameras/FRONT/streams/CAM_A/", method: "DELETE")
                #expect(gone.status == 202 && text(gone) == "null")
            }
            // An inactive stream has nothing.
            for path in ["control", "config", "nn", "still"] {
                #expect(try await service.fetch("/cameras/FRONT/streams/CAM_A/\(path)").status == 404)
            }
            let object = try await service.fetch("/cameras/FRONT/streams").object
            #expect((object["CAM_B"] as? [String: Bool]) == ["active": true])
            #expect(problem(try await service.fetch("/cameras/FRONT/streams?format=xml")) == ["422", "enum", "query.format"])
        }
    }

    @Test("Lights, controls and configurations are checked, and say what is in force")
    func controls() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { service in
            func post(_ path: String, _ body: String) async throws -> RunningServer.Reply {
                try await service.fetch("/cameras/FRONT/\(path)", method: "POST", headers: Self.json, body: body)
            }
            #expect(text(try await post("ir", "{}")) == "null")
            #expect(problem(try await post("ir", #"{"flood_light": 2}"#)) == ["422", "less_than_equal", "body.flood_light"])
            #expect(problem(try await post("ir", "nonsense")) == ["422", "json_invalid", "body.0"])
            #expect(problem(try await post("ir", "[]")) == ["422", "model_attributes_type", "body"])
            #expect(problem(try await post("ir", "")) == ["422", "missing", "body"])
            for (body, kind, tap) in [
                (#"{"exposure_time": 0}"#, "greater_than_equal", "body.exposure_time"),
                (#"{"contrast": 1.5}"#, "int_from_float", "body.contrast"), (#"{"contrast": "3"}"#, "int_type", "body.contrast"),
                (#"{"auto_exposure_lock": 1}"#, "bool_type", "body.auto_exposure_lock"),
                (#"{"auto_whitebalance_mode": "MOON"}"#, "enum", "body.auto_whitebalance_mode"),
                (#"{"focus": {"lens_position": 7}}"#, "less_than_equal", "body.focus.lens_position"),
                (#"{"focus": 3}"#, "model_attributes_type", "body.focus"),
            ] {
                #expect(problem(try await post("streams/CAM_A/control", body)) == ["422", kind, tap])
            }
            let mono = try await service.fetch("/cameras/FRONT/streams/CAM_B/config").object
            #expect(mono["resolution"] as? String == "THE_400_P" && Set(mono.keys) == ["resolution", "fps"])
            #expect(problem(try await post("streams/CAM_B/config", #"{"fps": 30}"#)) == ["422", "missing", "body.resolution"])
            #expect(try await post("streams/CAM_B/config", #"{"fps": 30, "resolution": "THE_400_P"}"#).status == 200)
            let color =
                #"{"resolution":"THE_1080_P","still_size":[320,180],"preview_size":[300,300],"video_size":[1920,1080],"sensor_crop":[0,0],"fps":30}"#
            #expect(try await post("streams/CAM_A/config", color).object["still_size"] as? [Int] == [320, 180])
            let crooked = color.replacingOccurrences(of: "[320,180]", with: "[320]")
            #expect(problem(try await post("streams/CAM_A/config", crooked)) == ["422", "tuple_type", "body.still_size"])
        }
    }

    @Test(
        "A body is read as RFC 8259 has it",
        arguments: [
            (#"{"auto_whitebalance_mode": "\u0041\ud83d\ude42\n\/"}"#, "A🙂\n/"),
            (#" {"auto_whitebalance_mode":"a","auto_whitebalance_mode":"b"} "#, "b"),
            (#"{"auto_whitebalance_mode": -1.5e1}"#, "-15.0"),
        ])
    func reading(body: String, input: String) async throws {
        let reply = try await config(body)
        let first = (reply.object["detail"] as? [[String: Any]])?.first { $0["type"] as? String == "enum" }
        #expect(first.map { "\($0["input"] ?? "")" } == input, "\(text(reply))")
    }

    @Test(
        "What RFC 8259 does not have is refused",
        arguments: [
            "[1,]", "{\"a\" 1}", "{\"a\": 01}", "{\"a\": +1}", "{\"a\": .5}", "{\"a\": 1.}", "{\"a\": 1e}", "{\"a\": nan}",
            "{\"a\": 1e999}",
            "{\"a\": \"\\ud83d\"}", "{\"a\": \"\\x\"}", "{\"a\": \"\\u12g4\"}", "{\"a\": \"\n\"}", "{\"a\": \"", "{} {}",
            String(repeating: "[", count: 1000),
        ])
    func refusedJSON(body: String) async throws {
        #expect(problem(try await config(body)) == ["422", "json_invalid", "body.0"])
    }

    /// Sends a configuration of the colour stream.
    private func config(_ body: String) async throws -> RunningServer.Reply {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { service in
            try await service.fetch("/cameras/FRONT/streams/CAM_A/control", method: "POST", headers: Self.json, body: body)
        }
    }

    @Test("Controls are told to the lens of the stream, and what is in force is answered")
    func lensControls() async throws {
        let appliance = FakeAppliance([FakeCamera("front"), FakeCamera("slow", state: .starting)])
        try await RunningServer.with(appliance) { service in
            func control(_ stream: String, _ body: String? = nil, of camera: String = "FRONT") async throws -> RunningServer.Reply
            {
                let path = "/cameras/\(camera)/streams/\(stream)/control"
                guard let body else { return try await service.fetch(path) }
                return try await service.fetch(path, method: "POST", headers: Self.json, body: body)
            }
            let first = try await control("CAM_A")
            #expect(first.object.count == 15 && first.object["focus"] is NSNull && first.object["sensitivity_iso"] as? Int == 850)
            // A camera may be slower than the contract knows.
            #expect(first.object["exposure_time"] as? Int == 33_000)
            let told = try await control(
                "CAM_A",
                #"""
                {"contrast": 3, "saturation": null, "exposure_time": 500, "auto_exposure_enable": false, "luma_denoise": 2,
                 "auto_whitebalance_mode": "SHADE", "manual_whitebalance": 3000,
                 "focus": {"auto_focus_mode": "OFF", "lens_position": 0.5}}
                """#)
            #expect(told.status == 200 && told.object["contrast"] as? Int == 3 && told.object["exposure_time"] as? Int == 500)
            #expect(told.object["auto_whitebalance_mode"] as? String == "SHADE" && told.object["luma_denoise"] as? Int == 0)
            let focus = told.object["focus"] as? [String: Any]
            #expect(focus?["auto_focus_mode"] as? String == "OFF" && focus?["lens_position"] as? Double == 0.5)
            var wish = CameraControlRequest()
            (wish.contrast, wish.exposureMicroseconds, wish.autoExposure) = (3, 500, false)
            (wish.whiteBalance, wish.kelvin, wish.focusMode, wish.lensPosition) = (.shade, 3000, .off, 0.5)
            #expect(appliance.fakes[0].told.withLock { $0 } == [.color: wish])
            // Only asking changes nothing; other lenses are others.
            #expect(try await control("CAM_A").object["contrast"] as? Int == 3)
            #expect(try await control("CAM_B").object["contrast"] as? Int == 0)
            _ = try await service.fetch("/cameras/FRONT/streams/DEPTH_B_C", method: "POST")
            #expect(try await control("DEPTH_B_C", #"{"contrast": -7}"#).object["contrast"] as? Int == -7)
            #expect(appliance.fakes[0].told.withLock { [$0[.left]?.contrast, $0[.right]?.contrast] } == [-7, -7])
            // What was asked for is kept, and the client told to come again.
            #expect(try await control("CAM_A", "{}", of: "SLOW").status == 503)
        }
    }

    @Test(
        "Stills come in four formats, colour ones in the size that was configured",
        arguments: [
            ("jpeg", [0xFF, 0xD8]), ("png", [0x89, 0x50]), ("webp", [0x52, 0x49]), ("bmp", [0x42, 0x4D]),
        ] as [(String, [UInt8])])
    func stills(format: String, start: [UInt8]) async throws {
        let appliance = FakeAppliance([FakeCamera("front")])
        try await RunningServer.with(appliance) { service in
            async let still = service.fetch("/cameras/FRONT/streams/CAM_A/still/?format=\(format)")
            await until { appliance.fakes[0].hub.isWanted(.color, at: .now()) }
            appliance.fakes[0].publishPicture(.color, format: .bgr24)
            let reply = try await still
            #expect(reply.status == 200 && reply.fields["content-type"] == "image/\(format)")
            #expect(reply.body.starts(with: start))
        }
    }

    @Test("A network is deployed with either name of its field, read back and taken away")
    func networks() async throws {
        let appliance = FakeAppliance([FakeCamera("front")])
        try await RunningServer.with(appliance) { service in
            func deploy(_ parts: [(String, String)], stream: String = "CAM_A") async throws -> RunningServer.Reply {
                let body =
                    parts.map { name, value in
                        "--x\r\nContent-Disposition: form-data; name=\"\(name)\"\(name == "model" ? "; filename=\"m\"" : "")\r\n\r\n\(value)\r\n"
                    }.joined() + "--x--\r\n"
                return try await service.fetch(
                    "/cameras/FRONT/streams/\(stream)/nn", method: "POST",
                    headers: ["Content-Type: multipart/form-data; boundary=x"],
                    body: body)
            }
            let generic = #"{"type": "Generic", "unknown": 1}"#
            for name in ["nn_config", "config"] {
                let done = try await deploy([("model", "bytes"), (name, generic)])
                #expect(done.status == 201 && text(done) == "null")
                #expect(appliance.fakes[0].attached.model(at: .color) == Array("bytes".utf8))
            }
            let back = try await service.fetch("/cameras/FRONT/streams/CAM_A/nn").object
            #expect(
                back["type"] as? String == "Generic" && back["num_inference_threads"] as? Int == 2 && back["nn_config"] is NSNull)
            #expect(problem(try await deploy([("model", "bytes")])) == ["422", "missing", "body.nn_config"])
            #expect(problem(try await deploy([("config", generic)])) == ["422", "missing", "body.model"])
            #expect(problem(try await deploy([("model", "b"), ("config", "{")])) == ["422", "json_invalid", ""])
            #expect(problem(try await deploy([("model", "b"), ("config", #"{"type": "SSD"}"#)])) == ["422", "enum", "type"])
            for config in [
                #"{"type":"Generic","nn_config":{}}"#, #"{"type":"YOLO"}"#,
                #"{"type":"MobileNet","nn_config":{"num_classes":3}}"#,
            ] {
                let reply = try await deploy([("model", "b"), ("config", config)])
                #expect(reply.status == 422 && (reply.object["detail"] as? String)?.contains("mismatch") == true)
            }
            #expect(
                problem(try await deploy([("model", "refuse:configuration"), ("config", generic)]))
                    == ["422", "value_error", "nn_config.anchors"])
            #expect(try await deploy([("model", "refuse:model"), ("config", generic)]).status == 422)
            #expect(try await deploy([("model", "refuse:unavailable"), ("config", generic)]).status == 503)
            #expect(try await deploy([("model", ""), ("config", generic)]).status == 422)
            #expect(try await deploy([("model", "b"), ("config", generic)], stream: "DEPTH_B_C").status == 404)
            // What was refused changed nothing.
            #expect(appliance.fakes[0].attached.model(at: .color) == Array("bytes".utf8))
            for _ in 0..<2 {
                let gone = try await service.fetch("/cameras/FRONT/streams/CAM_A/nn", method: "DELETE")
                #expect(gone.status == 202 && text(gone) == "null")
            }
            #expect(text(try await service.fetch("/cameras/FRONT/streams/CAM_A/nn")) == "null")
        }
    }

    @Test("Two hundred megabytes are refused before they are read")
    func tooLarge() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { service in
            let wire = try await Wire.connect(service.port)
            let head = try await wire.ask(
                "POST", "/cameras/FRONT/streams/CAM_A/nn",
                headers: ["Content-Type: multipart/form-data; boundary=x", "Content-Length: 200000000"])
            #expect(head.status == 413)
            await wire.close()
        }
    }
}
