// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Starting, reloading, ending, and being asked nonsense.
@Suite(.serialized)
struct LifeTests {
    private func file(_ text: String) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("depthd-\(UUID().uuidString).yml")
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url
    }

    @Test func sigtermEndsItThoughViewersWatch() async throws {
        let daemon = try await DaemonProcess()
        // A viewer that would watch for ever.
        async let viewer = Command.get("\(daemon.base)/api/v1/cameras/demo/streams/color/mjpeg", ["--output", "/dev/null"])
        _ = try await Command.get("\(daemon.base)/api/v1/cameras/demo/streams/color/snapshot.jpg", ["--output", "/dev/null"])
        #expect(try await daemon.end() == 0)
        _ = try await viewer
    }

    @Test(arguments: [
        ("http: {port: 99999}\n", "http.port"), ("htttp: {}\n", "did you mean 'http'?"), ("cameras: [{id: A}]\n", "cameras.0.id"),
        ("cameras: [{id: a, pipeline: {depth: {padding_factor: 2}}}]\n", "cameras.0.pipeline.depth.padding_factor"),
        ("udp: {targets: [nonsense]}\n", "udp.targets"),
    ])
    func badSettingsEndItWithCode78AndThePlace(text: String, words: String) async throws {
        let url = try file(text)
        defer { try? FileManager.default.removeItem(at: url) }
        let run = try await Command.depthd(["run", "--config", url.path])
        #expect(run.status == 78)
        #expect(run.complaint.contains(words), "\(run.complaint)")
    }

    @Test func aPortInUseIsNamedWithItsSetting() async throws {
        try await withDaemon { daemon in
            let port = try #require(daemon.base.split(separator: ":").last)
            let second = try await Command.depthd([
                "run", "--set", "http.host=127.0.0.1", "--set", "http.port=\(port)", "--set", "udp.enabled=false",
            ])
            #expect(second.status == 1)
            #expect(second.complaint.contains("http.port"), "\(second.complaint)")
            let third = try await Command.depthd(["run", "--set", "http.port=0", "--set", "udp.port=\(daemon.udpPort)"])
            #expect(third.status == 1)
            #expect(third.complaint.contains("udp.port"), "\(third.complaint)")
        }
    }

    @Test func sighupPutsNewSettingsInForceAndKeepsTheOldOnesWhenTheyAreBroken() async throws {
        let url = try file("cameras: [{id: first, source: demo}]\n")
        defer { try? FileManager.default.removeItem(at: url) }
        try await withDaemon(["--config", url.path]) { daemon in
            func cameras() async throws -> [String] {
                let status = try await Command.json("\(daemon.base)/api/v1/status")
                return (status["cameras"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
            }
            func reload(_ text: String, until words: String) async throws {
                try text.write(to: url, atomically: true, encoding: .utf8)
                daemon.signal(SIGHUP)
                try await daemon.wait(untilLogSays: words)
                #expect(daemon.log.contains(words))
            }
            #expect(try await cameras() == ["first"])
            try await reload("cameras: [{id: first, source: demo}, {id: second, source: demo}]\n", until: "camera second started")
            #expect(try await cameras() == ["first", "second"])
            #expect(!daemon.log.contains("camera first stopped"))
            try await reload("cameras: [{id: UPPER}]\n", until: "the old ones stay")
            #expect(try await cameras() == ["first", "second"])
        }
    }

    @Test func aPipelineIsReplacedOrRefusedWhole() async throws {
        try await withDaemon { daemon in
            let url = "\(daemon.base)/api/v1/cameras/demo/pipeline"
            func put(_ body: String) async throws -> (code: Int, answer: [String: Any]) {
                let options = ["-X", "PUT", "-H", "Content-Type: application/json", "--data-binary", body]
                let answer = try await Command.get(url, options)
                let json = try? JSONSerialization.jsonObject(with: answer.data)
                return (answer.code, json as? [String: Any] ?? [:])
            }
            let before = try await Command.get(url).output
            for (body, field) in [
                (#"{"depth": {"padding_factor": 7}}"#, "depth.padding_factor"), (#"{"streams": ["nose"]}"#, "streams.0"),
                (#"{"ai": {"model": "/etc/passwd"}}"#, "ai.model"), ("{", "body"),
            ] {
                let refused = try await put(body)
                #expect((400..<500).contains(refused.code))
                let error = refused.answer["error"] as? [String: Any]
                #expect(error?["field"] as? String == field, "\(refused.answer)")
            }
            #expect(try await Command.get(url).output == before)

            let accepted = try await put(#"{"streams": ["left", "object_tracker"], "ai": {"calc_dist_to_bb": false}}"#)
            #expect((200..<300).contains(accepted.code), "\(accepted)")
            let streams = "\(daemon.base)/api/v1/cameras/demo/streams"
            #expect(try await Command.code("\(streams)/left/snapshot.jpg") == 200)
            #expect(try await Command.code("\(streams)/depth/snapshot.png") == 409)
            #expect(try await Command.code("\(streams)/nose/snapshot.jpg") == 404)
            #expect(try await Command.code("\(daemon.base)/api/v1/cameras/nobody") == 404)
        }
    }

    @Test func aBoxWithoutRuntimeStillSeesAndSaysWhatToDo() async throws {
        try await withDaemon(["--set", "runtime.onnxruntime=/nowhere/libonnxruntime.so"]) { daemon in
            #expect(try await Command.code("\(daemon.base)/api/v1/cameras/demo/streams/depth/snapshot.png") == 200)
            let status = try await Command.json("\(daemon.base)/api/v1/status")
            #expect(status["health"] as? String == "degraded")
            #expect("\(status["why"] ?? "")".contains("/nowhere/libonnxruntime.so"))
            #expect(try await Command.code("\(daemon.base)/api/v1/cameras/demo/streams/metaout/latest") == 409)
        }
    }

    @Test func aMissingFolderIsNamed() async throws {
        let settings = [
            "--set", "cameras.0.id=a", "--set", "cameras.0.source=replay", "--set", "cameras.0.replay.folder=/nowhere",
        ]
        try await withDaemon(settings) { daemon in
            try await daemon.wait(untilLogSays: "/nowhere")
            let status = try await Command.json("\(daemon.base)/api/v1/status")
            #expect("\(status["why"] ?? "")".contains("/nowhere"))
        }
    }

    @Test func usageErrorsAreCodeTwo() async throws {
        #expect(try await Command.depthd(["run", "--colour", "red"]).status == 2)
        #expect(try await Command.depthd(["snapshot", "--output", "x.gif"]).status == 2)
        #expect(try await Command.depthd(["--help"]).status == 0)
        #expect(try await Command.depthd(["version"]).output.hasPrefix("depthd "))
        #expect(try await Command.depthd(["status", "--url", "http://127.0.0.1:1"]).status == 1)
    }

    @Test func theCommandsTalkToTheDaemon() async throws {
        try await withDaemon { daemon in
            let status = try await Command.depthd(["status", "--url", daemon.base])
            #expect(status.output.contains("camera demo"))
            let picture = FileManager.default.temporaryDirectory.appendingPathComponent("depthd-\(UUID().uuidString).png").path
            defer { try? FileManager.default.removeItem(atPath: picture) }
            let snapshot = try await Command.depthd(["snapshot", "--url", daemon.base, "demo", "depth", "--output", picture])
            #expect(snapshot.status == 0, "\(snapshot.complaint)")
            #expect(FileManager.default.fileExists(atPath: picture))
        }
        #expect(try await Command.depthd(["doctor"]).output.contains("ONNX Runtime"))
        #expect(try await Command.depthd(["check-config"]).status == 0)
    }
}
