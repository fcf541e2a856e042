// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Synchronization
import Testing

/// The firmware of cameras, over HTTP.
@Suite(.timeLimit(.minutes(1)))
struct FirmwareRouteTests {
    /// Keeps in memory what arrives; its words decide what becomes of it.
    private final class MemoryFirmware: FirmwareService {
        let maximumBytes = 1000
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("firmware-\(UUID().uuidString)")
        private let state = Mutex(State())

        private struct State {
            var kept: [String] = []
            var inboxes = 0
        }

        init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(at: folder) }

        /// What was imported, as text.
        var kept: [String] { state.withLock { $0.kept } }
        /// How many uploads have begun.
        var inboxes: Int { state.withLock { $0.inboxes } }
        /// Files of uploads.
        var left: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

        private static func summary(_ text: String) -> FirmwareSummary {
            FirmwareSummary(
                release: text.hasPrefix("2.") ? text : nil, sha256: String(repeating: "a", count: 64), bytes: text.utf8.count,
                imported: text.hasPrefix("2.") ? "2026-12-01T09:30:00Z" : nil)
        }

        func list() async -> FirmwareList {
            let kept = kept.map(Self.summary)
            return FirmwareList(
                firmware: kept, known: [.init(release: "2.30.0.0", sha256: String(repeating: "a", count: 64))],
                remedy: kept.isEmpty ? "pip download depthai" : nil, maximumBytes: maximumBytes)
        }

        func inbox() async throws(FirmwareRefusal) -> String {
            state.withLock { state in
                state.inboxes += 1
                return folder.appendingPathComponent(".upload-\(state.inboxes)").path
            }
        }

        func install(_ path: String, force: Bool) async throws(FirmwareRefusal) -> FirmwareSummary {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            switch text {
            case "unknown" where !force: throw FirmwareRefusal(.unknownRelease, "unknown; send it again with ?force=true")
            case "full": throw FirmwareRefusal(.storage, "the disk is full")
            case "": throw FirmwareRefusal(.bad, "the file is empty; fetch another")
            default: break
            }
            state.withLock { $0.kept.append(text) }
            return Self.summary(text)
        }

        func remove(_ name: String) async throws(FirmwareRefusal) {
            let found = kept.filter { $0.hasPrefix(name) }
            guard !found.isEmpty else { throw FirmwareRefusal(.unknown, "there is none") }
            guard found.count == 1 else { throw FirmwareRefusal(.ambiguous, "there are several") }
            state.withLock { state in state.kept.removeAll { $0 == found[0] } }
        }
    }

    private static let path = "/api/v1/firmware"

    private func withFirmware(_ body: @Sendable (RunningServer, MemoryFirmware) async throws -> Void) async throws {
        let store = try MemoryFirmware()
        try await RunningServer.with(FakeAppliance([]), firmware: store) { try await body($0, store) }
        #expect(store.left.isEmpty)
    }

    @Test func aBodyIsImportedListedAndRemoved() async throws {
        try await withFirmware { server, store in
            let before = try await server.fetch(Self.path).object
            #expect(before["remedy"] as? String == "pip download depthai" && (before["firmware"] as? [Any])?.isEmpty == true)
            let imported = try await server.fetch(Self.path, method: "POST", body: "2.30.0.0")
            #expect(imported.status == 201 && imported.object["release"] as? String == "2.30.0.0")
            #expect(imported.object["bytes"] as? Int == 8)
            let after = try await server.fetch(Self.path).object
            #expect(after["remedy"] is NSNull && (after["firmware"] as? [[String: Any]])?.count == 1)
            #expect(store.left.isEmpty)
            #expect(try await server.fetch("\(Self.path)/2.30", method: "DELETE").status == 204)
            #expect(store.kept.isEmpty)
        }
    }

    @Test func theFileOfAFormIsImportedWithoutWhatIsAroundIt() async throws {
        try await withFirmware { server, store in
            let type = ["Content-Type: multipart/form-data; boundary=b"]
            let field = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nmine\r\n"
            let file = "--b\r\nContent-Disposition: form-data; name=\"firmware\"; filename=\"a.whl\"\r\n\r\n2.33.0.0\r\n"
            let imported = try await server.fetch(
                Self.path, method: "POST", headers: type, body: field + file + field + "--b--\r\n")
            #expect(imported.status == 201 && store.kept == ["2.33.0.0"])
            for (body, words) in [
                (field + "--b--\r\n", "has no file"), (file + file + "--b--\r\n", "has several files"),
                (field + file, "ends before its closing boundary"),
            ] {
                let reply = try await server.fetch(Self.path, method: "POST", headers: type, body: body)
                #expect(reply.status == 400 && reply.refusal[0] == "bad_form" && reply.message.contains(words))
            }
            #expect(store.kept == ["2.33.0.0"] && store.left.isEmpty)
        }
    }

    @Test func everyRefusalHasItsCodeAndItsSentence() async throws {
        try await withFirmware { server, store in
            let unknown = try await server.fetch(Self.path, method: "POST", body: "unknown")
            #expect(unknown.status == 409 && unknown.refusal == ["unknown_release", "force"])
            #expect(unknown.message.contains("?force=true"))
            #expect(try await server.fetch("\(Self.path)?force=true", method: "POST", body: "unknown").status == 201)
            let doubtful = try await server.fetch("\(Self.path)?force=maybe", method: "POST", body: "unknown")
            #expect(doubtful.status == 400 && doubtful.refusal == ["bad_parameter", "force"])
            let empty = try await server.fetch(Self.path, method: "POST", body: "")
            #expect(empty.status == 422 && empty.refusal[0] == "bad_firmware")
            let full = try await server.fetch(Self.path, method: "POST", body: "full")
            #expect(full.status == 507 && full.refusal[0] == "storage")
            let none = try await server.fetch("\(Self.path)/9.9", method: "DELETE")
            #expect(none.status == 404 && none.refusal == ["unknown_firmware", "firmware"])
            for release in ["2.30.0.0", "2.33.0.0"] {
                #expect(try await server.fetch(Self.path, method: "POST", body: release).status == 201)
            }
            let several = try await server.fetch("\(Self.path)/2.3", method: "DELETE")
            #expect(several.status == 409 && several.refusal == ["ambiguous_firmware", "firmware"])
            #expect(store.kept.count == 3 && store.left.isEmpty)
        }
    }

    @Test func whatIsTooLargeIsRefusedUnreadOrWhereItGetsTooLarge() async throws {
        try await withFirmware { server, store in
            let announced = try await server.fetch(Self.path, method: "POST", headers: ["Content-Length: 1001"])
            #expect(announced.status == 413 && announced.refusal[0] == "body_too_large")
            #expect(announced.message.contains("1000 bytes") && store.inboxes == 0)
            let exact = String(repeating: "x", count: 1000)
            #expect(try await server.fetch(Self.path, method: "POST", body: exact).status == 201)
            let wire = try await Wire.connect(server.port)
            // 3E9 hexadecimal is 1001.
            try await wire.send(
                "POST \(Self.path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n\(exact)y\r\n")
            #expect(try await wire.head().status == 413)
            await wire.close()
            let form = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n\(exact)y\r\n--b--\r\n"
            let type = ["Content-Type: multipart/form-data; boundary=b"]
            let inForm = try await server.fetch(Self.path, method: "POST", headers: type, body: form)
            #expect(inForm.status == 413 && inForm.refusal[0] == "body_too_large")
            #expect(store.kept == [exact] && store.left.isEmpty)
        }
    }

    @Test func onlyOneIsImportedAtATimeAndABrokenUploadLeavesNothing() async throws {
        try await withFirmware { server, store in
            let first = try await Wire.connect(server.port)
            try await first.send("POST \(Self.path) HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n2.30")
            await until { store.inboxes == 1 && !store.left.isEmpty }
            let second = try await server.fetch(Self.path, method: "POST", body: "2.33.0.0")
            #expect(second.status == 503 && second.refusal[0] == "too_many_imports")
            #expect(Int(second.fields["retry-after"] ?? "") ?? 0 > 0)
            #expect(try await server.fetch(Self.path).status == 200)
            await first.close()
            await until { store.left.isEmpty }
            var next = try await server.fetch(Self.path, method: "POST", body: "2.33.0.0")
            // The file goes first, the turn after it.
            while next.status == 503 { next = try await server.fetch(Self.path, method: "POST", body: "2.33.0.0") }
            #expect(next.status == 201 && store.kept == ["2.33.0.0"])
        }
    }

    @Test func theRulesForVisitorsHoldHereToo() async throws {
        try await withFirmware { server, store in
            let foreign = ["Origin: https://elsewhere.example"]
            let posted = try await server.fetch(Self.path, method: "POST", headers: foreign, body: "2.30.0.0")
            #expect(posted.status == 403 && posted.refusal[0] == "foreign_origin" && store.inboxes == 0)
            #expect(try await server.fetch("\(Self.path)/2.30.0.0", method: "DELETE", headers: foreign).status == 403)
            let own = ["Origin: http://127.0.0.1"]
            #expect(try await server.fetch(Self.path, method: "POST", headers: own, body: "2.30.0.0").status == 201)
            #expect(try await server.fetch(Self.path, method: "PUT").status == 405)
        }
        let none = try await RunningServer.with(FakeAppliance([])) { try await $0.fetch(Self.path) }
        #expect(none.status == 507 && none.refusal[0] == "storage")
    }
}
