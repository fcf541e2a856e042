// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// A box without screen and keyboard: what helps from far away, on the real program.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct HeadlessTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("headless-\(UUID().uuidString)")

    private func write(_ text: String, _ name: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let url = folder.appendingPathComponent(name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path
    }

    private static let secrets = ["comment-secret", "key-secret", "camera-user", "camera-p@ss", "query-secret", "typo-secret"]
    private static let settings = """
        # The password is comment-secret
        codeproject: {deepstack: true, api_key: key-secret}
        cameras:
          - {id: demo, source: demo}
          - {id: yard, source: media, media: {color: "rtsp://camera-user:camera-p@ss@127.0.0.1:1/live?key=query-secret"}}
        """

    /// The files of a bundle, by name.
    private func unpack(_ file: String) async throws -> [String: String] {
        let list = try await Command("/usr/bin/env", ["tar", "-tzf", file]).output.split(separator: "\n").map(String.init)
        var files: [String: String] = [:]
        for path in list {
            #expect(path.hasPrefix("depthd-support-") && !path.contains(".."))
            let name = path.split(separator: "/").last.map(String.init) ?? path
            files[name] = try await Command("/usr/bin/env", ["tar", "-xzOf", file, path]).output
        }
        return files
    }

    @Test func theSupportBundleHasEverythingButSecrets() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let config = try write(Self.settings, "depthd.yml")
        try await withDaemon(["--config", config]) { daemon in
            // The camera that is not there is in the log, URL and all.
            try await daemon.wait(untilLogSays: "camera=yard")
            // What the file says now is not what is in force.
            _ = try write(Self.settings + "\nhtpt: {api: typo-secret}\nmqtt: {pass: typo-secret}\n", "depthd.yml")
            let bundle = folder.appendingPathComponent("bundle.tar.gz").path
            let head = try await Command.get("\(daemon.base)/api/v1/support", ["--output", bundle]).head
            #expect(head.contains("attachment; filename=\"depthd-support-"))
            let files = try await unpack(bundle)
            #expect(
                files.keys.sorted() == [
                    "README.txt", "devices.json", "doctor.txt", "log.txt", "pipelines.yml", "platform.txt", "settings-file.yml",
                    "settings-in-force.txt", "status.json",
                ])
            for (name, text) in files {
                for secret in Self.secrets { #expect(!text.contains(secret), "\(secret) in \(name)") }
                #expect(!text.isEmpty, "\(name)")
            }
            #expect(files["log.txt"]?.contains("rtsp://127.0.0.1:1") == true, "\(files["log.txt"] ?? "")")
            #expect(files["settings-in-force.txt"]?.contains("codeproject.api_key: (removed)") == true)
            #expect(files["settings-file.yml"]?.contains("api_key: \"(removed)\"") == true)
            #expect(files["settings-file.yml"]?.contains("rtsp://127.0.0.1:1/…") == true)
            #expect(files["doctor.txt"]?.contains("ONNX Runtime") == true)
            #expect(files["platform.txt"]?.contains("/etc/os-release") == true)
            #expect(files["pipelines.yml"]?.contains("# yard") == true)
            let status = try JSONSerialization.jsonObject(with: Data((files["status.json"] ?? "").utf8)) as? [String: Any]
            #expect((status?["cameras"] as? [Any])?.count == 2)
            #expect(files["README.txt"]?.contains("left out") == false, "\(files["README.txt"] ?? "")")
        }
    }

    @Test func theCommandFetchesItOrSaysWhatToDo() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("mine.tar.gz").path
        _ = try write("", "empty")
        try await withDaemon { daemon in
            let saved = try await Command.depthd(["support", "--url", daemon.base, "--output", file])
            #expect(saved.status == 0, "\(saved.complaint)")
            #expect(try await unpack(file)["README.txt"]?.contains("Support bundle") == true)
        }
        let nobody = try await Command.depthd(["support", "--url", "http://127.0.0.1:1", "--output", file])
        #expect(nobody.status == 1)
        #expect(nobody.complaint.contains("journalctl -u depthd"))
    }

    @Test func manyWhoAskAtOnceAreToldToWaitAndTheBoxLives() async throws {
        try await withDaemon { daemon in
            let url = "\(daemon.base)/api/v1/support"
            let codes = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await Command.code(url) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.contains(200))
            #expect(codes.allSatisfy { $0 == 200 || $0 == 503 }, "\(codes)")
            #expect(try await Command.code(url) == 200)
        }
    }

    @Test func aNewBoxGreetsUntilItIsToldNotTo() async throws {
        let config = try write("# As shipped.\n", "depthd.yml")
        let state = folder.appendingPathComponent("state").path
        defer { try? FileManager.default.removeItem(at: folder) }
        // The same settings at each start, as a box has them.
        let port = try FreePort.udp()
        let arguments = ["--config", config, "--set", "udp.port=\(port)", "--set", "state.directory=\(state)"]
        func welcome(_ daemon: DaemonProcess) async throws -> [String: Any]? {
            try await Command.json("\(daemon.base)/api/v1/status")["welcome"] as? [String: Any]
        }
        try await withDaemon(arguments) { daemon in
            // The address is told as soon as the dashboard answers; the other servers open beside it.
            var first = try #require(try await welcome(daemon))
            for _ in 0..<200 where (first["doors"] as? [String: Int])?.count != 4 {
                first = try #require(try await welcome(daemon))
            }
            #expect(first["settings"] as? String == config)
            #expect(first["dashboards"] as? [String] == ["\(daemon.base)/"])
            let doors = try #require(first["doors"] as? [String: Int])
            #expect(Set(doors.keys) == ["http", "codeproject", "depthai", "udp"])
            #expect(doors["udp"] == port)
        }
        try await withDaemon(arguments) { daemon in
            #expect(try await welcome(daemon) != nil)
            #expect(try await Command.code("\(daemon.base)/api/v1/welcome", ["-X", "DELETE"]) == 204)
            #expect(try await welcome(daemon) == nil)
            try await Blocking.run {
                let file = "\(state)/welcome.json"
                while FileManager.default.contents(atPath: file).map({ String(decoding: $0, as: UTF8.self).contains("dismissed") }
                )
                    != true
                { sched_yield() }
            }
        }
        let after = try await withDaemon(arguments) { daemon in try await welcome(daemon)?.count }
        #expect(after == nil)
    }

    @Test func otherSettingsEndTheGreetingAndALightThatIsMissingIsOneWarning() async throws {
        let config = try write("# As shipped.\n", "depthd.yml")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(["--config", config]) { daemon in
            #expect(try await Command.json("\(daemon.base)/api/v1/status")["welcome"] != nil)
            _ = try write("status_light: no-such-light\n", "depthd.yml")
            daemon.signal(SIGHUP)
            try await daemon.wait(untilLogSays: "no light called no-such-light")
            #expect(daemon.log.contains("warning"))
            #expect(try await Command.json("\(daemon.base)/api/v1/status")["welcome"] == nil)
        }
    }
}
