// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Settings
import Testing

/// What a reload is told of: every path that differs, and no section that nobody takes.
struct SettingsChangesTests {
    private func settings(_ yaml: String) throws -> ApplianceSettings { try .read(yaml, name: "test.yml") }

    private func changes(_ before: String, _ after: String) throws -> [String] {
        try settings(before).changes(to: settings(after)).map(\.description)
    }

    @Test func everyChangedPathIsNamedBySection() throws {
        #expect(try changes("", "") == [])
        #expect(
            try changes("", "{log: {level: debug}, depthai: {maximum_clients: 2}, udp: {port: 1, allow: [private, 10.0.0.1]}}")
                == ["depthai.maximum_clients", "log.level", "udp.allow, udp.port"])
        #expect(
            try changes("cameras: [{id: a}]", "cameras: [{id: a, demo: {fps: 9}}, {id: b}]") == ["cameras.0.demo.fps, cameras.1"])
        #expect(try changes("", "status_light: ACT") == ["status_light"])
        let secret = "codeproject: {deepstack: true, api_key: "
        #expect(try changes("\(secret)one}", "\(secret)two}") == ["codeproject.api_key"])
        let ai = "cameras: [{id: a, pipeline: {ai: {"
        #expect(try changes("\(ai)}}}]", "\(ai)keep_aspect_ratio: true}}}]") == ["cameras.0.pipeline.ai.keep_aspect_ratio"])
    }

    @Test func anotherKeyInTheSameFileIsAChange() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        func resolved(_ key: String) throws -> ApplianceSettings {
            try Data(key.utf8).write(to: file)
            var settings = try settings("udp: {key_file: \(file.path)}")
            try settings.resolve()
            return settings
        }
        let before = try resolved("0123456789abcdef")
        #expect(try before.changes(to: resolved("0123456789abcdef")) == [])
        #expect(try before.changes(to: resolved("fedcba9876543210")).map(\.description) == ["udp.key_file"])
    }

    @Test func everySectionCanBeTakenByItself() throws {
        let root = try SettingsSection(SettingsDocument.yaml("cameras: [{id: a}]", name: "test.yml"))
        let other = try ApplianceSettings(root)
        for section in Set(root.knownPaths.map { path in String(path.prefix { $0 != "." }) }) {
            var taken = try settings("")
            taken.take(section, from: other)
            #expect(taken.changes(to: other).allSatisfy { $0.section != section })
        }
    }
}
