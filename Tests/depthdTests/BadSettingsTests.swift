// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What is wrong with a settings file is said with its line, its key and a remedy, by the command and by a running daemon.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct BadSettingsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        /// nil where the document as a whole is wrong and no line is at fault.
        let line: Int?
        let path: String
        /// What tells the owner what to write instead.
        let remedy: String

        init(_ text: String, _ line: Int?, _ path: String, _ remedy: String) {
            (self.text, self.line, self.path, self.remedy) = (text, line, path, remedy)
        }

        var testDescription: String { "\(path): \(remedy)" }

        /// How every message about it begins.
        func place(_ file: String) -> String {
            let start = line.map { "\(file):\($0): " } ?? "\(file): "
            return path.isEmpty ? start : "\(start)\(path): "
        }
    }

    /// Ten lists in the list before, nine times.
    private static let bomb = (1...9).reduce("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n") { text, level in
        "\(text)a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
    }

    static let cases = [
        Case("http:\n  prot: 1\n", 2, "http.prot", "did you mean 'port'?"),
        Case("htttp: {}\n", 1, "htttp", "did you mean 'http'?"),
        Case("udp:\n  # here\n  allowed: [private]\n", 3, "udp.allowed", "did you mean 'allow'?"),
        Case("codeproject: {worker: 1}\n", 1, "codeproject.worker", "did you mean 'workers'?"),
        Case("depthai: {clients: 1}\n", 1, "depthai.clients", "known here: enabled, host, maximum_clients"),
        Case("log: {file: x}\n", 1, "log.file", "known here: level"),
        Case("runtime: {thread: 1}\n", 1, "runtime.thread", "did you mean 'threads'?"),
        Case("models: {detecton: demo}\n", 1, "models.detecton", "did you mean 'detection'?"),
        Case("usb: {rules: true}\n", 1, "usb.rules", "known here: install_rules"),
        Case("state: {folder: /x}\n", 1, "state.folder", "known here: directory"),
        Case("cameras:\n  - id: a\n    v4l2: {framerate: 3}\n", 3, "cameras.0.v4l2.framerate", "known here: color"),
        Case(
            "cameras:\n  - id: a\n    pipeline:\n      depth: {path: 3}\n", 4, "cameras.0.pipeline.depth.path",
            "did you mean 'paths'?"),
        Case("http: 8080\n", 1, "http", "must be a section"),
        Case("http:\n  port: \"8080\"\n", 2, "http.port", "must be a whole number from 0 to 65535"),
        Case("http: {port: [8080]}\n", 1, "http.port", "must be a whole number from 0 to 65535, not a list"),
        Case("models: {scene: [a, b]}\n", 1, "models.scene", "must be text, not a list"),
        Case("codeproject: {enabled: {a: 1}}\n", 1, "codeproject.enabled", "must be true or false, not a section"),
        Case("udp: {targets: 10.0.0.2:5800}\n", 1, "udp.targets", "must be a list"),
        Case("udp:\n  targets:\n    - 10.0.0.2:5800\n    - nonsense\n", 4, "udp.targets.1", "write one like 10.0.0.2:5800"),
        Case("depthai: {maximum_clients: 129}\n", 1, "depthai.maximum_clients", "must be a whole number from 1 to 128"),
        Case("log: {level: loud}\n", 1, "log.level", "must be one of trace, debug"),
        Case("codeproject: {api_key: x}\n", 1, "codeproject.api_key", "set codeproject.deepstack to true, too"),
        Case("status_light: ../x\n", 1, "status_light", "must be none or a name that /sys/class/leds shows"),
        Case("cameras:\n  - id: a\n  - id: a\n", 3, "cameras.1.id", "every camera needs a name of its own"),
        Case("cameras: [{id: a, source: replay}]\n", 1, "cameras.0.replay", "must name a folder"),
        Case("udp: {key_file: /nowhere/key}\n", 1, "udp.key_file", "check the path"),
        Case(
            "udp:\n  multicast: 239.255.68.80:32171\n  multicast_interface: nowhere\n", 3, "udp.multicast_interface",
            "ip link shows their names"),
        Case("http: {port: 1}\nhttp: {port: 2}\n", 1, "http", "remove one of the two"),
        Case("http: [\n", 2, "", "check the brackets, quotes and indentation"),
        Case(bomb, 6, "", "write out what they stand for"),
        // The parser would compare its keys.
        Case("\(bomb)? *a8\n: x\n", 6, "", "write out what they stand for"),
        Case("http:\n" + String(repeating: "[", count: (1 << 20) - 16), 2, "", "check the brackets, quotes and indentation"),
        Case("http:\n" + String(repeating: "- ", count: (1 << 19) - 16), 2, "", "look for brackets that are not closed"),
        Case(
            "http: \(String(repeating: "{a: ", count: 80))1\(String(repeating: "}", count: 80))", 1, "",
            "look for brackets that are not closed"),
        Case(String(repeating: "# a comment too many\n", count: 60_000), nil, "", "of at most 1 MiB"),
    ]

    private func withFile(_ body: (String) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("depthd-\(UUID().uuidString).yml")
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(url.path)
    }

    @Test(arguments: cases)
    func theCommandNamesPlaceAndRemedyAndEndsWithCode78(bad: Case) async throws {
        try await withFile { file in
            try bad.text.write(toFile: file, atomically: true, encoding: .utf8)
            let check = try await Command.depthd(["check-config", "--config", file])
            #expect(check.status == 78)
            #expect(check.complaint.hasPrefix("depthd: bad configuration: \(bad.place(file))"), "\(check.complaint)")
            #expect(check.complaint.contains(bad.remedy), "\(check.complaint)")
        }
    }

    @Test func aDaemonDoesNotStartWithThem() async throws {
        try await withFile { file in
            for bad in Self.cases.prefix(2) {
                try bad.text.write(toFile: file, atomically: true, encoding: .utf8)
                let run = try await Command.depthd(["run", "--config", file])
                #expect(run.status == 78)
                #expect(run.complaint.hasPrefix("depthd: bad configuration: \(bad.place(file))"), "\(run.complaint)")
            }
        }
    }

    @Test func aDaemonThatRunsKeepsTheOldOnes() async throws {
        try await withFile { file in
            try "cameras: [{id: kept, source: demo}]\n".write(toFile: file, atomically: true, encoding: .utf8)
            try await withDaemon(["--config", file]) { daemon in
                // The port of a test's daemon is given on its command line, which wins over the file.
                let overridden = ["http.port: ", "http: must be a section"]
                for bad in Self.cases where !overridden.contains(where: bad.testDescription.hasPrefix) {
                    try bad.text.write(toFile: file, atomically: true, encoding: .utf8)
                    daemon.signal(SIGHUP)
                    let words = "settings not read again, the old ones stay: \(bad.place(file))"
                    try await daemon.wait(untilLogSays: words)
                    #expect(daemon.log.contains(words), "\(bad.testDescription)")
                }
                let status = try await Command.json("\(daemon.base)/api/v1/status")
                #expect((status["cameras"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String } == ["kept"])
                #expect((status["udp"] as? [String: Any])?["port"] as? Int == daemon.udpPort)
                #expect(!daemon.log.contains("settings read again"))
            }
        }
    }
}
