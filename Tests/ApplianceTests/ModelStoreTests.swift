// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Settings
import Tasks
import TestSupport
import Testing

struct ModelStoreTests {
    /// The smallest thing with an ONNX model's outline: version 8, a graph of one byte.
    private static let outline: [UInt8] = [0x08, 0x08, 0x3A, 0x01, 0x00]

    private func withStore(_ body: (ModelStore, URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = try Settings.read("state: {directory: \(folder.path)/state}", name: "test.yml")
        let state = StateDirectory(settings.state)
        try state.make()
        try body(ModelStore(state), folder)
    }

    private func file(_ bytes: [UInt8], _ name: String, in folder: URL) throws -> String {
        let url = folder.appendingPathComponent(name)
        try Data(bytes).write(to: url)
        return url.path
    }

    @Test func theFirstModelOfARoleIsActiveAndOthersWaitForTheirTurn() throws {
        try withStore { store, folder in
            let path = try file(Self.outline, "a.onnx", in: folder)
            #expect(try store.install(path, role: "scene").active)
            #expect(try !store.install(path, name: "b", role: "scene").active)
            #expect(try store.install(path, name: "c", role: "cartoon").active)
            #expect(try store.activate("b").active)
            #expect(store.models.filter(\.active).map(\.name) == ["b", "c"])
            try store.remove("b")
            #expect(store.models.map(\.name) == ["a", "c"])
            #expect(store.file("b") == nil && store.file("a") != nil)
        }
    }

    @Test func whatCannotBeInstalledIsRefusedInWords() throws {
        try withStore { store, folder in
            let path = try file(Self.outline, "a.onnx", in: folder)
            func words(_ body: () throws -> Void) -> String {
                do {
                    try body()
                    return "taken"
                } catch {
                    return "\(error)"
                }
            }
            #expect(words { _ = try store.install(path) }.contains("roles are detection"))
            #expect(words { _ = try store.install(path, role: "cook") }.contains("no role \"cook\""))
            #expect(words { _ = try store.install(path, name: "../x", role: "scene") }.contains("is no name"))
            #expect(words { _ = try store.install(path, role: "scene", sha256: "00") }.contains("another file"))
            #expect(words { _ = try store.install("\(path)x", role: "scene") }.contains("does not exist"))
            let text = try file(Array("hello".utf8), "b.onnx", in: folder)
            #expect(words { _ = try store.install(text, role: "scene") }.contains("no ONNX model"))
            #expect(words { try store.remove("nothing") }.contains("installed are: none"))
        }
    }

    @Test func anOutlineFillsItsFileExactly() {
        #expect(ONNXHeader.isModel(Self.outline))
        for length in 0..<Self.outline.count { #expect(!ONNXHeader.isModel(Array(Self.outline.prefix(length)))) }
        #expect(!ONNXHeader.isModel(Self.outline + [0x3A, 0x7F]))
        // A length of 2^63 must not overflow.
        #expect(!ONNXHeader.isModel([0x08, 0x08, 0x3A] + [UInt8](repeating: 0xFF, count: 9) + [0x01]))
        var random = SeededRandom(5)
        for _ in 0..<20_000 { _ = ONNXHeader.isModel(random.bytes(Int.random(in: 0...24, using: &random))) }
    }

    @Test(.enabled(if: SharedData.isRequired), arguments: ["yolox/yolox_nano.onnx", "yunet/yunet_n_320_320.onnx"])
    func realModelsAreModelsAndTheirBeginningsAreNot(path: String) throws {
        let bytes = try SharedData.bytes("models/\(path)")
        #expect(ONNXHeader.isModel(bytes))
        #expect(!ONNXHeader.isModel(Array(bytes.prefix(bytes.count / 2))))
    }

    @Test func everyRoleHasItsSetting() {
        #expect(Set(Settings.Models.roleNames + ["detection"]) == Set(ModelRole.allCases.map(\.rawValue)))
    }

    @Test func theStateDirectoryIsTheSettingsThenSystemdsThenTheHomes() throws {
        func path(_ yaml: String, _ environment: [String: String]) throws -> String {
            StateDirectory(try Settings.read(yaml, name: "test.yml").state, environment: environment, isRoot: false).path
        }
        let systemd = ["STATE_DIRECTORY": "/var/lib/depthd:/other", "HOME": "/home/a"]
        #expect(try path("state: {directory: /srv/x}", systemd) == "/srv/x")
        #expect(try path("", systemd) == "/var/lib/depthd")
        #expect(try path("", ["XDG_STATE_HOME": "/s", "HOME": "/home/a"]) == "/s/depthd")
        let root = StateDirectory(try Settings.read("", name: "test.yml").state, environment: [:], isRoot: true)
        #expect(root.path == "/var/lib/depthd")
    }
}
