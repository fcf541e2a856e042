// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Camera firmware over HTTP, with the real program and its state directory.
struct FirmwareRouteTests {
    /// The shortest image there is, of no vendor: a label and the jump.
    private static let image = Array("MA2x".utf8) + [0xA8, 5, 0] + Array("a.elf".utf8) + [0xA4, 0, 0, 0, 0]

    private func withFile(_ bytes: [UInt8], _ body: (String) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("firmware-\(UUID().uuidString).cmd")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await body(file.path)
    }

    private func entries(_ daemon: DaemonProcess) async throws -> [[String: Any]] {
        try #require(try await Command.json("\(daemon.base)/api/v1/firmware")["firmware"] as? [[String: Any]])
    }

    /// Uploads in the state directory, finished or not.
    private func uploads(_ daemon: DaemonProcess) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: daemon.state.path)) ?? []).filter { $0.hasPrefix(".upload-") }
    }

    @Test func anImageIsImportedAsABodyOrAFormListedAndRemoved() async throws {
        try await withFile(Self.image) { file in
            try await withDaemon { daemon in
                let route = "\(daemon.base)/api/v1/firmware"
                let remedy = try await Command.json(route)["remedy"] as? String
                #expect(remedy?.hasPrefix("pip download depthai==") == true)
                let refused = try await Command.get(route, ["--data-binary", "@\(file)"])
                #expect(refused.code == 409 && refused.output.contains("?force=true"), "\(refused.output)")
                for body in [["--data-binary", "@\(file)"], ["--form", "firmware=@\(file)"]] {
                    let imported = try await Command.get("\(route)?force=true", body)
                    #expect(imported.code == 201, "\(imported.output)")
                }
                let entry = try #require(try await entries(daemon).first)
                #expect(entry["release"] is NSNull && entry["bytes"] as? Int == Self.image.count)
                #expect((entry["imported"] as? String)?.hasSuffix("Z") == true)
                let digest = try #require(entry["sha256"] as? String)
                let kept = daemon.state.appendingPathComponent("firmware/\(digest).cmd")
                #expect(try Array(Data(contentsOf: kept)) == Self.image)
                // The command sees the same.
                let list = try await Command.depthd(["firmware", "list", "--set", "state.directory=\(daemon.state.path)"])
                #expect(list.output.contains(digest))
                #expect(try await Command.code("\(route)/9.9", ["--request", "DELETE"]) == 404)
                #expect(try await Command.code("\(route)/\(digest.prefix(10))", ["--request", "DELETE"]) == 204)
                #expect(try await entries(daemon).isEmpty && uploads(daemon).isEmpty)
            }
        }
    }

    @Test func whatIsNoFirmwareOrTooLargeIsRefusedAndLeavesNothing() async throws {
        try await withFile(Array("nothing of the kind".utf8)) { file in
            try await withDaemon { daemon in
                let route = "\(daemon.base)/api/v1/firmware"
                let foreign = try await Command.get("\(route)?force=true", ["--data-binary", "@\(file)"])
                #expect(foreign.code == 422 && foreign.output.contains("pip download depthai=="), "\(foreign.output)")
                let large = ["--data-binary", "@\(file)", "--header", "Content-Length: \(64 << 20 + 1)"]
                let refused = try await Command.get(route, large)
                #expect(refused.code == 413 && refused.output.contains("body_too_large"), "\(refused.output)")
                #expect(try await entries(daemon).isEmpty && uploads(daemon).isEmpty)
            }
        }
    }

    @Test func anUploadThatBreaksOffLeavesNothingAndTheNextIsTaken() async throws {
        try await withFile(Self.image) { file in
            try await withDaemon { daemon in
                let port = try #require(URL(string: daemon.base)?.port)
                let head = "POST /api/v1/firmware?force=true HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                let length = "Content-Length: \(Self.image.count)\r\n\r\n"
                let broken = Array((head + length).utf8) + Self.image.dropLast(3)
                var client: PlainSocket? = try await Blocking.run {
                    let socket = try PlainSocket(port: port)
                    try socket.write(broken)
                    return socket
                }
                let route = "\(daemon.base)/api/v1/firmware"
                // At most 200 times, about five seconds of curl starting up.
                for _ in 0..<200 where uploads(daemon).isEmpty { _ = try await Command.code("\(daemon.base)/healthz") }
                #expect(uploads(daemon).count == 1)
                let second = try await Command.get("\(route)?force=true", ["--data-binary", "@\(file)"])
                #expect(second.code == 503 && second.output.contains("too_many_imports"), "\(second.output)")
                withExtendedLifetime(client) {}
                client = nil
                for _ in 0..<200 where !uploads(daemon).isEmpty { _ = try await Command.code("\(daemon.base)/healthz") }
                #expect(try await entries(daemon).isEmpty && uploads(daemon).isEmpty)
                #expect(try await Command.code("\(route)?force=true", ["--data-binary", "@\(file)"]) == 201)
                #expect(try await entries(daemon).count == 1)
            }
        }
    }
}
