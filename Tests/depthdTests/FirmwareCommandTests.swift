// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

struct FirmwareCommandTests {
    /// The shortest image there is, of no vendor: a label and the jump.
    private static let image = Array("MA2x".utf8) + [0xA8, 5, 0] + Array("a.elf".utf8) + [0xA4, 0, 0, 0, 0]

    private func firmware(_ arguments: [String], in folder: URL) async throws -> Command {
        try await .depthd(["firmware"] + arguments + ["--set", "state.directory=\(folder.path)/state"])
    }

    @Test func anUnknownImageIsImportedByForceOnlyListedAndRemoved() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("firmware-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("image.cmd").path
        try Data(Self.image).write(to: URL(fileURLWithPath: file))

        let refused = try await firmware(["import", file], in: folder)
        #expect(refused.status == 1 && refused.complaint.contains("pip download depthai=="))
        #expect(refused.complaint.contains("--force"))
        let imported = try await firmware(["import", file, "--force"], in: folder)
        #expect(imported.status == 0 && imported.output.hasPrefix("imported: unknown release  \(Self.image.count) bytes"))

        let list = try await firmware(["list", "--json"], in: folder)
        let entries = try #require(try JSONSerialization.jsonObject(with: list.data) as? [[String: Any]])
        let digest = try #require(entries.first?["sha256"] as? String)
        #expect(entries.count == 1 && entries[0]["bytes"] as? Int == Self.image.count)
        #expect(try await firmware(["remove", String(digest.prefix(10))], in: folder).status == 0)
        #expect(try await firmware([], in: folder).output.hasPrefix("no firmware is imported"))
    }

    @Test func whatIsNoFirmwareIsRefusedInWords() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("firmware-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let missing = try await firmware(["import", "\(folder.path)/none.whl"], in: folder)
        #expect(missing.status == 1 && missing.complaint.contains("does not exist; check the path"))
        // Standard input is empty here.
        let empty = try await firmware(["import", "-"], in: folder)
        #expect(empty.status == 1 && empty.complaint.contains("standard input is empty; fetch firmware"))
        let unknown = try await firmware(["remove", "9.9"], in: folder)
        #expect(unknown.status == 1 && unknown.complaint.contains("imported are: none"))
    }
}
