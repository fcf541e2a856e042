// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Tasks
import Testing

struct HubStoreTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString)").path
    /// SHA-256 of one byte, by that byte.
    private let one = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"
    private let two = "dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986"

    private func store(_ storage: StateStorage? = nil) -> HubStore {
        HubStore(storage ?? StateStorage(StateDirectory(path: directory)))
    }

    private func record(_ digest: String) -> HubRecord {
        var record = HubRecord()
        record.networks["color"] = .init(digest: digest, configuration: #"{"type":"Generic"}"#)
        record.active["disparity"] = true
        return record
    }

    private var models: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory + "/networks"))?.sorted() ?? []
    }

    @Test func whatIsKeptIsFoundAgain() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try store().keep(record(one), of: "front", model: (one, [1]))
        let again = store()
        #expect(again.record(of: "front") == record(one))
        #expect(try again.model(one) == [1])
        #expect(again.record(of: "rear") == HubRecord())
    }

    @Test func aModelNobodyNamesIsRemovedAndOneThatTwoNameStays() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = store()
        try store.keep(record(one), of: "front", model: (one, [1]))
        try store.keep(record(one), of: "rear", model: (one, [1]))
        try store.keep(record(two), of: "front", model: (two, [2]))
        #expect(models == [one, two])
        try store.keep(HubRecord(), of: "rear")
        #expect(models == [two])
    }

    @Test func anInterruptedWriteLeavesTheChoiceBefore() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try store().keep(record(one), of: "front", model: (one, [1]))
        // Killed after the model was written, while hub.json was.
        try Data([9]).write(to: URL(fileURLWithPath: directory + "/networks/bb"))
        try Data([9]).write(to: URL(fileURLWithPath: directory + "/networks/cc.part"))
        try Data("{".utf8).write(to: URL(fileURLWithPath: directory + "/hub.json.part"))
        let again = store()
        #expect(again.record(of: "front") == record(one) && models == [one])
    }

    @Test func `a choice that cannot be written is in force, told, and written when the disk is back`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // A file in the folder's place: nobody can write below it, root included.
        try Data().write(to: URL(fileURLWithPath: directory))
        let storage = StateStorage(StateDirectory(path: directory))
        let store = store(storage)
        try store.keep(record(one), of: "front", model: (one, [1]))
        #expect(store.record(of: "front") == record(one))
        #expect(try store.model(one) == [1])
        #expect(storage.problems.contains { $0.contains("nothing can be kept") }, "\(storage.problems)")
        try FileManager.default.removeItem(atPath: directory)
        storage.retry()
        #expect(storage.problems == [])
        #expect(self.store().record(of: "front") == record(one))
        #expect(try self.store().model(one) == [1])
    }

    @Test func `models nobody names any more do not wait to be written`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data().write(to: URL(fileURLWithPath: directory))
        let storage = StateStorage(StateDirectory(path: directory))
        let store = store(storage)
        try store.keep(record(one), of: "front", model: (one, [1]))
        try store.keep(record(two), of: "front", model: (two, [2]))
        #expect(throws: HubStore.MissingModel.self) { try store.model(one) }
        #expect(try store.model(two) == [2])
    }

    @Test func `a broken index is set aside and its models are left alone`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try store().keep(record(one), of: "front", model: (one, [1]))
        try Data("no JSON".utf8).write(to: URL(fileURLWithPath: directory + "/hub.json"))
        let storage = StateStorage(StateDirectory(path: directory))
        #expect(store(storage).record(of: "front") == HubRecord())
        #expect(storage.problems.contains { $0.contains("hub.json") && $0.contains("set aside") } && models == [one])
    }

    @Test func `a damaged model is missing and can be deployed again`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try store().keep(record(one), of: "front", model: (one, [1]))
        try Data([7]).write(to: URL(fileURLWithPath: "\(directory)/networks/\(one)"))
        #expect(throws: HubStore.MissingModel.self) { try store().model(one) }
        try store().keep(record(one), of: "front", model: (one, [1]))
        #expect(try store().model(one) == [1])
    }

    @Test func `an index cannot name files outside its folder`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try store().keep(record("../../../etc/hostname"), of: "front")
        #expect(throws: HubStore.MissingModel.self) { try store().model("../../../etc/hostname") }
    }

    @Test func `what is more than can be read back is refused and nothing changes`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = store()
        try store.keep(record(one), of: "front", model: (one, [1]))
        var large = record(two)
        large.networks["color"]?.configuration = String(repeating: "x", count: 5 << 20)
        #expect(throws: PersistenceFailure.self) { try store.keep(large, of: "front", model: (two, [2])) }
        #expect(store.record(of: "front") == record(one) && models == [one])
        #expect(self.store().record(of: "front") == record(one))
    }
}
