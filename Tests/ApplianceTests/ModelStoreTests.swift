// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Settings
import Tasks
import TestSupport
import Testing

struct ModelStoreTests {
    /// The smallest thing that is an ONNX model: version 8, a graph of an empty node.
    private static let outline: [UInt8] = [0x08, 0x08, 0x3A, 0x02, 0x0A, 0x00]

    private func withStore(_ body: (ModelStore, URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = try ApplianceSettings.read("state: {directory: \(folder.path)/state}", name: "test.yml")
        let state = StateDirectory(settings.state)
        try state.make()
        try body(ModelStore(StateStorage(state)), folder)
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

    private func words(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "taken"
        } catch {
            return "\(error)"
        }
    }

    @Test func aModelThatNamesFilesIsRefusedUnlessTheyCameWithIt() throws {
        try withStore { store, folder in
            let weights = try file(Array("gargoyle".utf8), "w.bin", in: folder)
            for (place, bytes) in ExternalDataModel.everyPlace {
                let path = try file(bytes, "a.onnx", in: folder)
                for data in [ModelStore.DataFiles.beside, .uploaded([:]), .uploaded(["etc/passwd": weights])] {
                    let said = words { _ = try store.install(path, role: "scene", data: data) }
                    #expect(said.contains("no plain file name"), "\(place): \(said)")
                }
            }
            let path = try file(ExternalDataModel.leaking("w.bin", count: 8), "a.onnx", in: folder)
            #expect(words { _ = try store.install(path, role: "scene") }.contains("another file (\"w.bin\")"))
            let stray = ModelStore.DataFiles.uploaded(["w.bin": weights, "v.bin": weights])
            #expect(words { _ = try store.install(path, role: "scene", data: stray) }.contains("no weights in \"v.bin\""))
            let clash = try file(ExternalDataModel.leaking("a.onnx", count: 8), "b.onnx", in: folder)
            let named = ModelStore.DataFiles.uploaded(["a.onnx": weights])
            #expect(words { _ = try store.install(clash, name: "a", role: "scene", data: named) }.contains("choose another name"))
            #expect(store.models.isEmpty)
            let kept = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/state/models")) ?? []
            #expect(kept.isEmpty)
        }
    }

    @Test func weightsGoWithTheirModelIntoAFolderOfItsOwn() throws {
        try withStore { store, folder in
            let weights = try file(Array("gargoyle".utf8), "upload-1", in: folder)
            let bytes = ExternalDataModel.leaking("w.bin", count: 8)
            let path = try file(bytes, "a.onnx", in: folder)
            let model = try store.install(path, role: "scene", data: .uploaded(["w.bin": weights]))
            #expect(model.data == ["w.bin"] && model.bytes == bytes.count + 8)
            let own = URL(fileURLWithPath: try #require(store.file("a")).path).deletingLastPathComponent().path
            #expect(try FileManager.default.contentsOfDirectory(atPath: own).sorted() == ["a.onnx", "w.bin"])
            #expect(FileManager.default.contents(atPath: "\(own)/w.bin") == Data("gargoyle".utf8))
            try store.remove("a")
            #expect(!FileManager.default.fileExists(atPath: own))
            // By command they lie beside the model; a link becomes a file.
            #expect(words { _ = try store.install(path, role: "scene", data: .beside) }.contains("put it there"))
            try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/w.bin", withDestinationPath: weights)
            #expect(try store.install(path, role: "scene", data: .beside).data == ["w.bin"])
            let type = try FileManager.default.attributesOfItem(atPath: "\(own)/w.bin")[.type] as? FileAttributeType
            #expect(type == .typeRegular)
        }
    }

    @Test func everyRoleHasItsSetting() throws {
        let record = try ApplianceSettings.read("", name: "test.yml").record
        let keys = record.entries.map(\.path).filter { $0.hasPrefix("models.") }
        #expect(Set(keys) == Set(ModelRole.allCases.map { "models.\($0.rawValue)" }))
    }

    @Test func theStateDirectoryIsTheSettingsThenSystemdsThenTheHomes() throws {
        func path(_ yaml: String, _ environment: [String: String]) throws -> String {
            StateDirectory(try ApplianceSettings.read(yaml, name: "test.yml").state, environment: environment, isRoot: false).path
        }
        let systemd = ["STATE_DIRECTORY": "/var/lib/depthd:/other", "HOME": "/home/a"]
        #expect(try path("state: {directory: /srv/x}", systemd) == "/srv/x")
        #expect(try path("", systemd) == "/var/lib/depthd")
        #expect(try path("", ["XDG_STATE_HOME": "/s", "HOME": "/home/a"]) == "/s/depthd")
        let root = StateDirectory(try ApplianceSettings.read("", name: "test.yml").state, environment: [:], isRoot: true)
        #expect(root.path == "/var/lib/depthd")
    }
}
