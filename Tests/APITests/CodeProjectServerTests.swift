// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Logging
import Tasks
import Testing

/// What the server tells about itself, and what may be set.
@Suite("CodeProject.AI: the server's own routes", .timeLimit(.minutes(1)))
struct CodeProjectServerTests {
    private func with(
        _ parts: CodeProjectParts, _ adjust: (inout HTTPServerSettings) -> Void = { _ in },
        _ body: @Sendable (RunningServer) async throws -> Void
    ) async throws {
        defer { parts.scheduler.close() }
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), codeProject: parts, adjust, body: body)
    }

    @Test("Ping and version tell the version in its parts", arguments: ["status", "server/status", "Server/STATUS"])
    func version(prefix: String) async throws {
        try await with(try FakeTasks.echo()) { server in
            for path in ["ping", "version"] {
                let answer = try await server.fetch("/v1/\(prefix)/\(path)").object
                #expect(answer["success"] as? Bool == true && answer["message"] as? String == "1.2.3-beta")
                let version = answer["version"] as? [String: Any]
                #expect(
                    version?["major"] as? Int == 1 && version?["patch"] as? Int == 3
                        && version?["preRelease"] as? String == "beta")
            }
            let update = try await server.fetch("/v1/\(prefix)/updateavailable").object
            #expect(update["updateAvailable"] as? Bool == false && update["success"] as? Bool == true)
        }
    }

    @Test("Every module is listed with what it has done")
    func modules() async throws {
        try await with(try FakeTasks.echo()) { server in
            _ = try await server.fetch("/v1/vision/detection", method: "POST")
            for path in ["module/list/status", "status/analysis/list", "status/modules/list"] {
                let statuses = try #require(try await server.fetch("/v1/\(path)").object["statuses"] as? [[String: Any]])
                #expect(statuses.compactMap { $0["moduleId"] as? String }.contains("FaceProcessing"))
                let detection = try #require(statuses.first { $0["moduleId"] as? String == "ObjectDetectionYOLOv5Net" })
                #expect((detection["statusData"] as? [String: Any])?["successfulInferences"] as? Int == 1)
                #expect(statuses.allSatisfy { $0["summary"] is String && $0["startupSummary"] is String })
                #expect(statuses.first { $0["moduleId"] as? String == "SceneClassifier" }?["status"] as? String == "NotAvailable")
            }
            #expect((try await server.fetch("/v1/module/list").object["modules"] as? [Any])?.count == 3)
            let install = try await server.fetch("/v1/module/install/OCR/1.0", method: "POST")
            #expect(install.status == 200 && install.object["success"] as? Bool == false)
        }
    }

    @Test("A setting is in force with its answer, and after a restart")
    func settings() async throws {
        let file = MemoryFile(maximumBytes: 1 << 20)
        let form = ["Content-Type: application/x-www-form-urlencoded"]
        try await with(try FakeTasks.echo(modules: ModuleSettings(file: file))) { server in
            let stop = try await server.fetch(
                "/v1/settings/objectdetectionyolov5net", method: "POST", headers: form, body: "name=AutoStart&value=false")
            #expect(stop.object["success"] as? Bool == true)
            let asked = try await server.fetch("/v1/vision/detection", method: "POST")
            #expect(asked.object["success"] as? Bool == false)
            #expect((asked.object["error"] as? String)?.contains("is stopped") == true)
            let unknown = try await server.fetch("/v1/settings/Nothing", method: "POST", headers: form, body: "name=a&value=b")
            #expect(unknown.object["error"] as? String == "No module with ID Nothing found")
        }
        try await with(try FakeTasks.echo(modules: ModuleSettings(file: file))) { server in
            let told = try await server.fetch("/v1/server/settings/ObjectDetectionYOLOv5Net").object
            #expect((told["settings"] as? [String: Any])?["autostart"] as? Bool == false)
            let start = try await server.fetch(
                "/v1/settings", method: "POST", headers: ["Content-Type: application/json"],
                body:
                    #"{"Global":{"VISION-DETECTION":"True","MODELSTORE-DETECTION":"C:\\models"},"FaceProcessing":{"MODE":"High"}}"#
            )
            #expect(start.object["success"] as? Bool == true)
            #expect(try await server.fetch("/v1/vision/detection", method: "POST").object["success"] as? Bool == true)
            let face = try await server.fetch("/v1/settings/FaceProcessing").object["environmentVariables"] as? [String: String]
            #expect(face == ["MODE": "High"])
        }
    }

    @Test("The log is told from where a client left off, and takes what clients add")
    func log() async throws {
        let parts = try FakeTasks.echo()
        for index in 1...30 { parts.log.write("line \(index)", level: .info, category: "Server") }
        try await with(parts) { server in
            let entries = try #require(try await server.fetch("/v1/log/list").object["entries"] as? [[String: Any]])
            #expect(entries.compactMap { $0["id"] as? Int } == Array(21...30))
            let added = try await server.fetch(
                "/v1/log", method: "POST", headers: ["Content-Type: application/x-www-form-urlencoded"],
                body: "entry=hello&category=test&label=x&log_level=error")
            #expect(added.object["success"] as? Bool == true)
            let new = try #require(
                try await server.fetch("/v1/log/list?last_id=30&count=5").object["entries"] as? [[String: Any]])
            #expect(new.map { $0["entry"] as? String } == ["hello"] && new.map { $0["level"] as? String } == ["error"])
            let empty = try await server.fetch("/v1/log", method: "POST").object
            #expect(empty["error"] as? String == "No log entry provided")
        }
    }

    @Test("The log book keeps its newest lines and drops the oldest")
    func book() {
        let book = LogBook(capacity: 3)
        for index in 1...5 { book.write("\(index)", level: .info, category: "") }
        #expect(book.entries(after: 0, count: 10).map(\.id) == [3, 4, 5])
        #expect(book.entries(after: 4, count: 10).map(\.text) == ["5"])
        #expect(book.entries(after: 0, count: -1).isEmpty)
    }

    @Test("The mesh is off, training is not there, and both say so at once")
    func absent() async throws {
        try await with(try FakeTasks.everything()) { server in
            #expect(try await server.fetch("/v1/server/mesh/summary").object["success"] as? Bool == true)
            for path in ["train/train_model", "TrainingObjectDetectionYOLOv5/get_command_status", "train/status"] {
                let answer = try await server.fetch("/v1/\(path)", method: "POST")
                #expect(answer.status == 200 && answer.object["success"] as? Bool == false, "\(path)")
                #expect((answer.object["error"] as? String)?.contains("training is not installed") == true)
            }
        }
    }

    @Test("The second door shows the explorer and nothing of the box")
    func secondDoor() async throws {
        try await with(try FakeTasks.echo(), { $0.offer = .codeProject }) { server in
            for path in ["/", "/explorer.html"] {
                let page = try await server.fetch(path)
                #expect(page.status == 200 && String(decoding: page.body, as: UTF8.self).contains("/v1/"))
                #expect(page.fields["content-security-policy"]?.contains("default-src 'none'") == true)
            }
            #expect(try await server.fetch("/api/v1/status").status == 404)
            #expect(try await server.fetch("/v1/status/ping").status == 200)
        }
    }
}
