// SPDX-License-Identifier: Apache-2.0
import Appliance
import Core
import Foundation
import Settings
import Tasks
import TestSupport
import Testing

/// Whatever stands in a state file, its loader comes up, and what it sets afterwards is kept.
@Suite(.timeLimit(.minutes(10)))
struct StateDamageTests {
    private static let damages = 1000

    /// One of the ways in which files come to harm.
    private func damaged(_ sound: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = sound
        func place() -> Int { Int.random(in: 0..<max(1, sound.count), using: &random) }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes = []
        case 1: bytes = Array(sound.prefix(place()))
        case 2:
            for _ in 0...Int.random(in: 0..<16, using: &random) { bytes[place()] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 3: bytes += random.bytes(Int.random(in: 1...5000, using: &random))
        case 4: bytes = random.bytes(Int.random(in: 1...20_000, using: &random))
        case 5:
            let start = place()
            for index in start..<min(sound.count, start + 512) { bytes[index] = 0 }
        case 6: bytes = [UInt8](repeating: 0, count: sound.count)
        default:
            let (from, to) = (place(), place())
            bytes.replaceSubrange(from..<min(sound.count, from + 64), with: sound[to..<min(sound.count, to + 200)])
        }
        return bytes
    }

    /// Damages a file again and again and has it loaded.
    private func withDamages(
        of name: String, seed: UInt64, prepare: (StateStorage) throws -> Void, load: (StateStorage) throws -> Void
    ) throws {
        let state = try TemporaryState()
        try prepare(state.storage)
        let sound = try #require(state.bytes(name))
        #expect(!sound.isEmpty)
        var random = SeededRandom(seed)
        for number in 0..<Self.damages {
            try state.write(damaged(sound, &random), name)
            let storage = state.storage
            do {
                try load(storage)
            } catch {
                Issue.record("damage \(number): \(error)")
            }
            #expect(storage.problems.allSatisfy { $0.contains("set aside") }, "damage \(number): \(storage.problems)")
        }
        let aside = state.names((name as NSString).deletingLastPathComponent).filter { $0.contains(".damaged-") }
        #expect(aside.count <= 9, "\(aside)")
    }

    @Test func `hub.json`() throws {
        let digest = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"
        var record = HubRecord()
        record.networks["color"] = .init(digest: digest, configuration: #"{"type":"Generic"}"#)
        record.active["left"] = true
        try withDamages(of: "hub.json", seed: 1) { storage in
            try HubStore(storage).keep(record, of: "front", model: (digest, [1]))
        } load: { storage in
            let store = HubStore(storage)
            for network in store.record(of: "front").networks.values { _ = try? store.model(network.digest) }
            try store.keep(record, of: "rear", model: (digest, [1]))
            #expect(HubStore(StateStorage(storage.directory)).record(of: "rear") == record)
        }
    }

    @Test func `deployed networks`() throws {
        let digest = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"
        var record = HubRecord()
        record.networks["color"] = .init(digest: digest, configuration: "")
        try withDamages(of: "networks/\(digest)", seed: 2) { storage in
            try HubStore(storage).keep(record, of: "front", model: (digest, [1]))
        } load: { storage in
            _ = try? HubStore(storage).model(digest)
            try HubStore(storage).keep(record, of: "front", model: (digest, [1]))
            #expect(try HubStore(storage).model(digest) == [1])
        }
    }

    @Test func `modules.json`() throws {
        func settings(_ storage: StateStorage) -> ModuleSettings {
            ModuleSettings(file: storage.document("modules.json", maximumBytes: 1 << 20))
        }
        try withDamages(of: "modules.json", seed: 3) { storage in
            try settings(storage).set(["ObjectDetectionYOLOv5Net": ["AutoStart": "false"], "Global": ["MODE": "High"]])
        } load: { storage in
            try settings(storage).set("MODE", to: "Low", of: "Global")
            #expect(settings(StateStorage(storage.directory)).values(of: "Global")["MODE"] == "Low")
        }
    }

    @Test func `welcome.json`() throws {
        let none = try ApplianceSettings.read("", name: "test.yml")
        func state(of storage: StateStorage) -> Any? {
            FileManager.default.contents(atPath: "\(storage.directory.path)/welcome.json")
                .flatMap { try? JSONSerialization.jsonObject(with: $0) }
        }
        try withDamages(of: "welcome.json", seed: 4) { storage in
            try storage.document("welcome.json", maximumBytes: 64 << 10).write(
                Array(#"{"over":"camera","settings":"0123456789abcdef"}"#.utf8))
        } load: { storage in
            // Its thread writes a sound file, unless the damage left one.
            #expect(WelcomeState(storage, none).isDue || state(of: storage) != nil)
            while state(of: storage) == nil { sched_yield() }
        }
    }

    @Test func `an EEPROM`() throws {
        let camera = try #require(CameraID("left"))
        try withDamages(of: "eeprom/left.json", seed: 5) { storage in
            try EEPROMFolder(storage).write(Array(#"{"name":"left","board":{"revision":"R1"}}"#.utf8), of: camera)
        } load: { storage in
            _ = EEPROMFolder(storage).memory(of: camera)
            try EEPROMFolder(storage).write(Array(#"{"name":"left"}"#.utf8), of: camera)
        }
    }

    @Test func `the list of models`() throws {
        let state = try TemporaryState()
        try state.write([0x08, 0x08, 0x3A, 0x02, 0x0A, 0x00], "a.onnx")
        try withDamages(of: "models/index.json", seed: 6) { storage in
            for name in ["a", "b"] { _ = try ModelStore(storage).install(state.file("a.onnx"), name: name, role: "scene") }
        } load: { storage in
            let store = ModelStore(storage)
            for model in store.models { try store.remove(model.name) }
            for name in ["a", "b"] { _ = try store.install(state.file("a.onnx"), name: name, role: "scene") }
            #expect(ModelStore(StateStorage(storage.directory)).models.map(\.name) == ["a", "b"])
        }
    }

    @Test func `faces.sqlite`() throws {
        func faces(_ storage: StateStorage) -> FaceStore {
            FaceStore(file: storage.document("faces.sqlite", maximumBytes: 1 << 20))
        }
        let vector = try #require(FaceVector(model: "m", values: (0..<128).map { Float($0) }))
        try withDamages(of: "faces.sqlite", seed: 7) { storage in
            let store = faces(storage)
            for number in 0..<20 { _ = try store.register("user \(number)", vector, pictures: 1) }
        } load: { storage in
            let store = faces(storage)
            _ = try store.register("new", vector, pictures: 2)
            _ = store.delete("user 3")
            #expect(faces(StateStorage(storage.directory)).users.contains("new"))
        }
    }
}
