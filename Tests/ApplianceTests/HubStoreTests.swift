// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Testing

struct HubStoreTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString)").path

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
        try HubStore(directory: directory).keep(record("aa"), of: "front", model: ("aa", [1, 2, 3]))
        let again = HubStore(directory: directory)
        #expect(again.record(of: "front") == record("aa"))
        #expect(try again.model("aa") == [1, 2, 3])
        #expect(again.record(of: "rear") == HubRecord())
    }

    @Test func aModelNobodyNamesIsRemovedAndOneThatTwoNameStays() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = HubStore(directory: directory)
        try store.keep(record("aa"), of: "front", model: ("aa", [1]))
        try store.keep(record("aa"), of: "rear", model: ("aa", [1]))
        try store.keep(record("bb"), of: "front", model: ("bb", [2]))
        #expect(models == ["aa", "bb"])
        try store.keep(HubRecord(), of: "rear")
        #expect(models == ["bb"])
    }

    @Test func anInterruptedWriteLeavesTheChoiceBefore() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try HubStore(directory: directory).keep(record("aa"), of: "front", model: ("aa", [1]))
        // Killed after the model was written, while hub.json was.
        try Data([9]).write(to: URL(fileURLWithPath: directory + "/networks/bb"))
        try Data([9]).write(to: URL(fileURLWithPath: directory + "/networks/cc.part"))
        try Data("{".utf8).write(to: URL(fileURLWithPath: directory + "/hub.json.part"))
        let again = HubStore(directory: directory)
        #expect(again.record(of: "front") == record("aa") && models == ["aa"])
    }

    @Test func aFolderThatCannotBeWrittenKeepsNothingAndSaysWhatToDo() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data().write(to: URL(fileURLWithPath: directory))
        let store = HubStore(directory: directory)
        let failure = #expect(throws: HubStore.Failure.self) { try store.keep(record("aa"), of: "front", model: ("aa", [1])) }
        #expect(failure?.description.contains("state.directory") == true)
        #expect(store.record(of: "front") == HubRecord())
    }

    @Test func aBrokenFileIsComplainedAboutAndItsModelsAreLeftAlone() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try HubStore(directory: directory).keep(record("aa"), of: "front", model: ("aa", [1]))
        try Data("no JSON".utf8).write(to: URL(fileURLWithPath: directory + "/hub.json"))
        let store = HubStore(directory: directory)
        #expect(store.complaint?.contains("hub.json") == true && models == ["aa"])
    }
}
