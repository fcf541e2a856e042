// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// SIGHUP: sections that take effect while the daemon runs, and those that say they do not.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ReloadTests {
    private static let camera = "cameras: [{id: demo, source: demo}]\n"

    /// A daemon whose settings a test changes.
    private struct Box {
        let daemon: DaemonProcess
        let file: URL

        func write(_ text: String) throws {
            try (text + ReloadTests.camera).write(to: file, atomically: true, encoding: .utf8)
            daemon.signal(SIGHUP)
        }

        /// Changes the settings and waits until the log says what became of it.
        func reload(_ text: String, until words: String) async throws {
            try write(text)
            try await daemon.wait(untilLogSays: "settings read again: \(words)")
            #expect(daemon.log.contains("settings read again: \(words)"), "\(daemon.log)")
        }

        func status(_ key: String) async throws -> [String: Any]? {
            try await Command.json("\(daemon.base)/api/v1/status")[key] as? [String: Any]
        }

        /// The port that the last line with these words names.
        func port(_ words: String) throws -> Int {
            let line = try #require(daemon.log.split(separator: "\n").last { $0.contains(words) })
            let text = try #require(line.split(separator: " ").first { $0.hasPrefix("port=") }).dropFirst(5)
            return try #require(Int(text))
        }

        func isOpen(_ port: Int) async throws -> Bool {
            try await Blocking.run { (try? PlainSocket(port: port)) != nil }
        }
    }

    private func withBox(_ text: String = "", _ body: (Box) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("depthd-\(UUID().uuidString).yml")
        try (text + Self.camera).write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        try await withDaemon(["--config", file.path]) { try await body(Box(daemon: $0, file: file)) }
    }

    @Test func nothingIsDoneForSettingsThatAreTheSame() async throws {
        try await withBox { box in
            try await box.reload("# The default, spelt out.\nlog: {level: info}\n", until: "nothing changed")
            #expect(!box.daemon.log.contains("stopped"))
        }
    }

    @Test func everyChangedPathIsReported() async throws {
        try await withBox { box in
            try await box.reload(
                "depthai: {maximum_clients: 3}\nudp: {allow: [private, 10.0.0.1], maximum_subscriptions: 3}\n",
                until: "depthai.maximum_clients applied; udp.allow, udp.maximum_subscriptions applied")
            let words = "http.maximum_viewers changed: restart depthd to apply the http settings"
            try await box.reload("http: {maximum_viewers: 3}\n", until: "depthai.maximum_clients applied; \(words)")
            // It is not in force, so it is still to be said.
            try await box.reload("http: {maximum_viewers: 3}\nmodels: {scene: x}\n", until: "\(words); models.scene applied")
            try await box.reload("", until: "models.scene applied")
        }
    }

    @Test func theLogLevelAppliesAtOnceAndToEveryLogger() async throws {
        try await withBox { box in
            try box.write("log: {level: error}\nudp: {enabled: false}\n")
            var isServed = true
            for _ in 0..<200 where isServed { isServed = try await box.status("udp") != nil }
            #expect(!isServed)
            #expect(!box.daemon.log.contains("settings read again"))
            try await box.reload("", until: "log.level applied; udp.enabled applied")
        }
    }

    @Test func theUDPServerIsClosedAndOpenedAnew() async throws {
        try await withBox { box in
            #expect(try await box.status("udp")?["port"] as? Int == box.daemon.udpPort)
            try await box.reload("udp: {enabled: false}\n", until: "udp.enabled applied")
            #expect(try await box.status("udp") == nil)
            try await box.reload("udp: {maximum_subscriptions: 2}\n", until: "udp.enabled, udp.maximum_subscriptions applied")
            #expect(try await box.status("udp")?["port"] as? Int == box.daemon.udpPort)
            // An address that is not this machine's: the old server goes on.
            try await box.reload(
                "udp: {host: 192.0.2.1, maximum_subscriptions: 2}\n",
                until: "udp.host not applied, the old udp settings stay: UDP port")
            #expect(try await box.status("udp")?["port"] as? Int == box.daemon.udpPort)
        }
    }

    @Test func theServerForScriptsIsClosedAndOpenedAnew() async throws {
        try await withBox { box in
            let first = try box.port("depthai scripts find the box")
            #expect(try await box.isOpen(first))
            try await box.reload("depthai: {enabled: false}\n", until: "depthai.enabled applied")
            #expect(try await !box.isOpen(first))
            try await box.reload("depthai: {maximum_clients: 1}\n", until: "depthai.enabled, depthai.maximum_clients applied")
            let second = try box.port("depthai scripts find the box")
            let client = try await Blocking.run { try PlainSocket(port: second) }
            // The one more is refused in words.
            let refused = try await Blocking.run { try PlainSocket(port: second).read(8) }
            #expect(refused.count == 8)
            withExtendedLifetime(client) {}
        }
    }

    @Test func codeProjectAIAnswersByTheNewSettings() async throws {
        try await withBox { box in
            let own = try box.port("CodeProject.AI answers")
            func code(_ base: String, _ form: [String] = []) async throws -> Int {
                try await Command.code("\(base)/v1/vision/detection", ["--request", "POST"] + form)
            }
            for base in [box.daemon.base, "http://127.0.0.1:\(own)"] { #expect(try await code(base) == 200) }
            try await box.reload(
                "codeproject: {deepstack: true, api_key: k, workers: 1}\n",
                until: "codeproject.api_key, codeproject.deepstack, codeproject.workers applied")
            for base in [box.daemon.base, "http://127.0.0.1:\(own)"] {
                #expect(try await code(base, ["--form-string", "api_key=wrong"]) == 401)
            }
            try await box.reload(
                "codeproject: {port: -1}\n",
                until: "codeproject.api_key, codeproject.deepstack, codeproject.port, codeproject.workers applied")
            #expect(try await !box.isOpen(own))
            #expect(try await code(box.daemon.base) == 200)
            try await box.reload("codeproject: {enabled: false}\n", until: "codeproject.enabled, codeproject.port applied")
            #expect(try await code(box.daemon.base) == 404)
            try await box.reload("", until: "codeproject.enabled applied")
            let again = try box.port("CodeProject.AI answers")
            #expect(try await code("http://127.0.0.1:\(again)") == 200)
        }
    }

    @Test func aRoleTakesAnotherModel() async throws {
        try await withBox { box in
            func role() async throws -> String? {
                let models = try await Command.json("\(box.daemon.base)/api/v1/models")
                return (models["roles"] as? [String: String])?["scene"]
            }
            func isInstalled() async throws -> Bool {
                let answer = try await Command.json("\(box.daemon.base)/v1/vision/scene", ["--request", "POST"])
                return try !#require(answer["error"] as? String).contains("is not installed")
            }
            #expect(try await role() == "")
            #expect(try await !isInstalled())
            try await box.reload("models: {scene: nowhere.onnx}\n", until: "models.scene applied")
            #expect(try await role() == "nowhere.onnx")
            #expect(try await isInstalled())
            #expect(!box.daemon.log.contains("camera demo stopped"))
            // Cameras run the detector.
            try await box.reload(
                "models: {detection: none}\n",
                until: "models.detection, models.scene applied; camera demo stopped; camera demo started")
            #expect(try await role() == "")
        }
    }
}
