// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// The real program with a state directory that is damaged, read-only or full: it starts, sees and says so.
@Suite(.serialized)
struct StateTests {
    private let json = ["--header", "Content-Type: application/json"]
    private let form = ["--header", "Content-Type: application/x-www-form-urlencoded"]

    private func health(_ daemon: DaemonProcess) async throws -> (status: String, why: String) {
        let health = try await Command.json("\(daemon.base)/healthz")
        return (health["status"] as? String ?? "", (health["why"] as? [String] ?? []).joined(separator: "\n"))
    }

    private func set(_ daemon: DaemonProcess, _ name: String, _ value: String, key: String? = nil) async throws -> Bool {
        let body = "name=\(name)&value=\(value)" + (key.map { "&api_key=\($0)" } ?? "")
        let answer = try await Command.json("\(daemon.base)/v1/settings/FaceProcessing", form + ["--data", body])
        return answer["success"] as? Bool ?? false
    }

    private func setting(_ daemon: DaemonProcess, _ name: String) async throws -> String? {
        let told = try await Command.json("\(daemon.base)/v1/settings/FaceProcessing")
        return (told["environmentVariables"] as? [String: String])?[name]
    }

    private func temporaryState() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    // MARK: Damage

    /// Case 11: as many settings as 26 requests can set, none of which is too long by itself.
    @Test func `settings that could not be read back are refused, and the next start has the others`() async throws {
        let state = try temporaryState()
        defer { try? FileManager.default.removeItem(at: state) }
        let directory = ["--set", "state.directory=\(state.path)"]
        let body = state.appendingPathComponent("body")
        var refused = 0
        try await withDaemon(directory) { daemon in
            let list = try await Command.json("\(daemon.base)/v1/module/list")["modules"] as? [[String: Any]]
            let modules = try #require(list).compactMap { $0["moduleId"] as? String } + ["Global"]
            #expect(modules.count >= 10)
            for module in modules {
                for half in 0..<2 {
                    let names = (half * 30..<half * 30 + 30).map { ("N\($0)", String(repeating: "\"", count: 1024)) }
                    let sent = [module: Dictionary(uniqueKeysWithValues: names)]
                    try JSONSerialization.data(withJSONObject: sent).write(to: body)
                    let answer = try await Command.json("\(daemon.base)/v1/settings", json + ["--data-binary", "@\(body.path)"])
                    if answer["success"] as? Bool != true { refused += 1 }
                }
            }
        }
        #expect(refused > 0 && refused < 26)
        let size = try FileManager.default.attributesOfItem(atPath: "\(state.path)/modules.json")[.size] as? Int
        #expect(try #require(size) <= 1 << 20)
        try await withDaemon(directory) { (daemon) async throws in
            #expect(try await setting(daemon, "N3")?.count == 1024)
            #expect(try await !health(daemon).why.contains("state:"))
        }
    }

    /// Case 9: what a power cut leaves.
    @Test func `damaged files are set aside by name, and everything else runs`() async throws {
        let state = try temporaryState()
        defer { try? FileManager.default.removeItem(at: state) }
        try Data().write(to: state.appendingPathComponent("modules.json"))
        var random = SeededRandom(9)
        try Data(random.bytes(5000)).write(to: state.appendingPathComponent("faces.sqlite"))
        try FileManager.default.createDirectory(at: state.appendingPathComponent("hub.json"), withIntermediateDirectories: true)
        try Data("{".utf8).write(to: state.appendingPathComponent("welcome.json"))
        let directory = ["--set", "state.directory=\(state.path)"]
        try await withDaemon(directory) { daemon in
            let (status, why) = try await health(daemon)
            #expect(status == "degraded")
            for name in ["modules.json", "faces.sqlite", "hub.json", "welcome.json"] {
                #expect(why.contains("\(name) was damaged"), "\(why)")
                #expect(daemon.log.contains("\(name) was damaged"), "\(name)")
            }
            #expect(!why.contains(state.path))
            let faces = try await Command.json("\(daemon.base)/v1/vision/face/list", ["--request", "POST"])
            #expect(faces["success"] as? Bool == true, "\(faces)")
            #expect(try await set(daemon, "mode", "high"))
            let aside = try FileManager.default.contentsOfDirectory(atPath: state.path).filter { $0.contains(".damaged-") }
            #expect(aside.count == 4, "\(aside)")
        }
        try await withDaemon(directory) { (daemon) async throws in
            #expect(try await setting(daemon, "MODE") == "high")
            #expect(try await !health(daemon).why.contains("state:"))
        }
    }

    @Test func `left-overs of uploads and writes are swept at the start`() async throws {
        let state = try temporaryState()
        defer { try? FileManager.default.removeItem(at: state) }
        let models = state.appendingPathComponent("models")
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        for name in [".upload-1", ".dat.nosync1"] { try Data([1]).write(to: state.appendingPathComponent(name)) }
        try Data([1]).write(to: models.appendingPathComponent(".dat.nosync2"))
        try await withDaemon(["--set", "state.directory=\(state.path)"]) { daemon in
            #expect(daemon.log.contains("removed 3 unfinished files"))
            let left = FileManager.default.enumerator(atPath: state.path)?.compactMap { $0 as? String } ?? []
            #expect(!left.contains { $0.contains(".upload-") || $0.contains(".dat.nosync") }, "\(left)")
        }
    }

    // MARK: Disks

    /// Runs the daemon with a small file system of its own as its state directory. Seen from outside below `/proc`.
    private func withDisk(
        _ options: String, thenReadOnly: Bool = false, _ body: (DaemonProcess, _ state: String, Remount) async throws -> Void
    ) async throws {
        let state = try temporaryState()
        defer { try? FileManager.default.removeItem(at: state) }
        let script = """
            mount -t tmpfs -o \(options) state '\(state.path)' || { echo 'no file systems can be mounted here' >&2; exit 9; }
            \(thenReadOnly ? "mount -o remount,ro '\(state.path)' || exit 9" : "")
            exec "$@"
            """
        // As root a mount namespace is enough; others need a user namespace, too.
        let unshare = ["/usr/bin/unshare"] + (geteuid() == 0 ? ["--mount"] : ["--map-root-user", "--mount"])
        let wrapper = unshare + ["/bin/sh", "-c", script, "sh"]
        try await withDaemon(["--set", "state.directory=\(state.path)"], wrapper: wrapper) { daemon in
            try await body(daemon, "/proc/\(daemon.identifier)/root\(state.path)", Remount(daemon: daemon, path: state.path))
        }
    }

    /// Mounts the daemon's state directory otherwise while it runs.
    struct Remount {
        let daemon: DaemonProcess
        let path: String

        func writable() async throws {
            try await run(["mount", "-o", "remount,rw", path])
        }

        /// By a read-only mount on top: databases that are open keep the one below from becoming read-only.
        func readOnly() async throws {
            try await run(["mount", "--bind", path, path])
            try await run(["mount", "-o", "remount,bind,ro", path])
        }

        private func run(_ command: [String]) async throws {
            let enter =
                ["--target", "\(daemon.identifier)", "--mount"] + (geteuid() == 0 ? [] : ["--user", "--preserve-credentials"])
            let run = try await Command("/usr/bin/nsenter", enter + command)
            try #require(run.status == 0, "\(run.complaint)")
        }
    }

    private func upload(_ daemon: DaemonProcess, bytes: Int) async throws -> (code: Int, words: String) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("upload-\(UUID().uuidString).onnx")
        defer { try? FileManager.default.removeItem(at: file) }
        // The outline of a model with a graph of so many bytes; tag 0x0A of the graph is a node.
        try Data(ONNXOutline.bytes(graph: bytes)).write(to: file)
        let answer = try await Command.get(
            "\(daemon.base)/api/v1/models",
            ["--form", "model=@\(file.path)", "--form", "name=big", "--form", "role=scene"])
        return (answer.code, answer.output)
    }

    @Test func `on a read-only disk it starts, sees and keeps changes in memory, and writes them when it can`() async throws {
        try await withDisk("size=4m", thenReadOnly: true) { daemon, state, remount in
            let (status, why) = try await health(daemon)
            #expect(status == "degraded" && why.contains("nothing can be kept") && why.contains("read-only"), "\(status) \(why)")
            let picture = try await Command.code("\(daemon.base)/api/v1/cameras/demo/streams/color/snapshot.jpg")
            #expect(picture == 200)
            #expect(try await set(daemon, "mode", "high"))
            #expect(try await setting(daemon, "MODE") == "high")
            let (code, words) = try await upload(daemon, bytes: 100)
            #expect(code == 507 && words.contains("\"storage\"") && words.contains("read-only"), "\(code) \(words)")
            #expect(!words.contains(remount.path))
            #expect(!FileManager.default.fileExists(atPath: "\(state)/modules.json"))
            try await remount.writable()
            #expect(try await set(daemon, "other", "1"))
            let kept = try String(contentsOfFile: "\(state)/modules.json", encoding: .utf8)
            #expect(kept.contains("MODE") && kept.contains("OTHER"))
            #expect(try await upload(daemon, bytes: 100).code == 201)
            #expect(try await !health(daemon).why.contains("state:"))
        }
    }

    @Test func `a disk that turns read-only is told in health, and nothing is refused that works in memory`() async throws {
        try await withDisk("size=4m") { daemon, _, remount in
            #expect(try await set(daemon, "mode", "high"))
            #expect(try await !health(daemon).why.contains("state:"))
            try await remount.readOnly()
            let (status, why) = try await health(daemon)
            #expect(status == "degraded" && why.contains("nothing can be kept"), "\(status) \(why)")
            #expect(try await set(daemon, "mode", "low"))
            #expect(try await setting(daemon, "MODE") == "low")
            #expect(daemon.log.contains("modules.json cannot be written"))
            #expect(try await Command.code("\(daemon.base)/api/v1/welcome", ["--request", "DELETE"]) == 204)
        }
    }

    @Test func `a full disk is 507 with advice, and in health`() async throws {
        try await withDisk("size=4m") { daemon, state, _ in
            // Too large for what is free, while something is.
            let (code, words) = try await upload(daemon, bytes: 6 << 20)
            #expect(code == 507 && words.contains("\"storage\"") && words.contains("is full"), "\(code) \(words)")
            let left = try FileManager.default.contentsOfDirectory(atPath: state).filter { $0.hasPrefix(".upload") }
            #expect(left.isEmpty, "\(left)")
            let filler = FileManager.default.createFile(atPath: "\(state)/filler", contents: Data(count: 7 << 19))
            #expect(filler)
            let (status, why) = try await health(daemon)
            #expect(status == "degraded" && why.contains("is full"), "\(status) \(why)")
            #expect(try await upload(daemon, bytes: 1 << 20).code == 507)
            try FileManager.default.removeItem(atPath: "\(state)/filler")
            #expect(try await !health(daemon).why.contains("state:"))
        }
    }

    // MARK: Keys

    /// Case 4.
    @Test func `a key that is set is needed for settings and the log`() async throws {
        let mode = ["codeproject.deepstack=true", "codeproject.api_key=sesame"].flatMap { ["--set", $0] }
        try await withDaemon(mode) { daemon in
            let settings = "\(daemon.base)/v1/settings"
            let off = #"{"Global":{"VISION-DETECTION":"False"}}"#
            #expect(try await Command.code(settings, json + ["--data", off]) == 401)
            #expect(try await Command.code("\(settings)?api_key=wrong", json + ["--data", off]) == 401)
            #expect(try await set(daemon, "mode", "high") == false)
            for url in [
                "\(settings)/FaceProcessing", "\(daemon.base)/v1/log/list", "\(daemon.base)/v1/server/settings/FaceProcessing",
            ] {
                #expect(try await Command.code(url) == 401, "\(url)")
                #expect(try await Command.code("\(url)?api_key=sesame") == 200, "\(url)")
            }
            let log = "\(daemon.base)/v1/log"
            #expect(try await Command.code(log, form + ["--data", "entry=x"]) == 401)
            #expect(try await Command.code(log, form + ["--data", "entry=x&api_key=sesame"]) == 200)
            let refusal = try await Command.json(settings, json + ["--data", off])
            #expect(refusal["error"] as? String == "Incorrect api key" && refusal["success"] as? Bool == false)
            let told = try await Command.json("\(settings)/ObjectDetectionYOLOv5Net?api_key=sesame")["settings"] as? [String: Any]
            #expect(told?["autostart"] as? Bool == true)
            #expect(try await set(daemon, "mode", "high", key: "sesame"))
            #expect(try await Command.code("\(settings)?api_key=sesame", json + ["--data", off]) == 200)
            #expect(try await Command.code(settings, json + ["--data", #"{"api_key":"sesame","Global":{"A":"1"}}"#]) == 200)
            #expect(try await Command.code("\(daemon.base)/v1/status/ping") == 200)
        }
    }

    /// Case 5.
    @Test func `no folder of the box is told about a model that does not load`() async throws {
        let state = try temporaryState()
        defer { try? FileManager.default.removeItem(at: state) }
        let folder = state.appendingPathComponent("custom-models")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("no model".utf8).write(to: folder.appendingPathComponent("broken.onnx"))
        try await withDaemon(["--set", "state.directory=\(state.path)"]) { daemon in
            let picture = state.appendingPathComponent("picture.jpg").path
            let snapshot = "\(daemon.base)/api/v1/cameras/demo/streams/color/snapshot.jpg"
            _ = try await Command.get(snapshot, ["--output", picture])
            let answer = try await Command.get("\(daemon.base)/v1/vision/custom/broken", ["--form", "image=@\(picture)"])
            #expect(answer.output.contains("broken.onnx") && !answer.output.contains(state.path), "\(answer.output)")
        }
    }

    // MARK: Descriptors

    @Test func `with 64 descriptors and 150 connections it goes on, and answers when they are gone`() async throws {
        try await withDaemon(wrapper: ["/usr/bin/prlimit", "--nofile=64"]) { daemon in
            let port = try #require(daemon.base.split(separator: ":").last.flatMap { UInt16($0) })
            for _ in 0..<5 {
                let sockets = (0..<150).map { _ in Self.connect(port) }
                // The first question ever: what it needs for the first time has to be opened now.
                let question = Array("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
                for socket in sockets { _ = send(socket, question, question.count, Int32(MSG_NOSIGNAL)) }
                let first = sockets[0]
                _ = try await Blocking.run {
                    var byte: UInt8 = 0
                    return recv(first, &byte, 1, 0)
                }
                let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.identifier)/fd").count
                #expect(open <= 56, "connections leave descriptors to the rest of the daemon")
                for socket in sockets { close(socket) }
            }
            #expect(kill(daemon.identifier, 0) == 0)
            var code = 0
            for _ in 0..<50 where code != 200 { code = try await Command.code("\(daemon.base)/healthz") }
            #expect(code == 200)
        }
    }

    private static func connect(_ port: UInt16) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return descriptor
    }
}

/// The smallest file with an ONNX model's outline.
private enum ONNXOutline {
    /// Version 8, and a graph whose one field fills it.
    static func bytes(graph: Int) -> [UInt8] {
        // A field of its own kind 2 (a name), of which only the length counts.
        let name = [0x12] + varint(graph) + [UInt8](repeating: 0x61, count: graph)
        return [0x08, 0x08, 0x3A] + varint(name.count) + name
    }

    private static func varint(_ value: Int) -> [UInt8] {
        var (value, bytes) = (value, [UInt8]())
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }
}
