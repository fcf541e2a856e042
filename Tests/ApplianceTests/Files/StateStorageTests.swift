// SPDX-License-Identifier: Apache-2.0
import Appliance
import Core
import Foundation
import Logging
import Tasks
import TestSupport
import Testing

/// What becomes of state files whose disk or content is not as it should be.
struct StateStorageTests {
    private let state: TemporaryState

    init() throws { state = try TemporaryState() }

    private func document(_ storage: StateStorage, maximum: Int = 100) -> StateDocument {
        storage.document("a.json", maximumBytes: maximum)
    }

    @Test func `what may be written may be read, and what may not changes nothing`() throws {
        let storage = state.storage
        let full = [UInt8](repeating: 7, count: 100)
        try document(storage).keep(full)
        #expect(document(state.storage).bytes() == full)
        #expect(throws: PersistenceFailure.tooLarge(what: "a.json", maximum: 100)) { try document(storage).keep(full + [7]) }
        #expect(throws: PersistenceFailure.tooLarge(what: "a.json", maximum: 100)) { try document(storage).write(full + [7]) }
        #expect(document(state.storage).bytes() == full)
        #expect(storage.problems == [])
    }

    @Test func `a change that comes while the one before is written is written, too`() async throws {
        let (document, later) = (document(state.storage), [UInt8](repeating: 2, count: 3))
        let threads = Mailbox<StageThread>(capacity: 1, onFull: .dropNewest)
        document.keep {
            threads.offer(StageThread(name: "later") { try? document.keep(later) })
            while document.bytes() != later { sched_yield() }
        }
        try await Blocking.run { threads.poll()?.join() }
        #expect(state.bytes("a.json") == later)
    }

    @Test func `a file that is not there is no damage`() {
        let storage = state.storage
        #expect(document(storage).bytes() == nil)
        #expect(storage.problems == [] && state.names() == [])
    }

    @Test func `a file that is too large is set aside with its content`() throws {
        let large = [UInt8](repeating: 1, count: 101)
        try state.write(large, "a.json")
        let storage = state.storage
        #expect(document(storage).bytes() == nil)
        let names = state.names()
        #expect(names.count == 1 && names.first?.wholeMatch(of: /a\.json\.damaged-\d{8}-\d{6}/) != nil, "\(names)")
        #expect(try #require(names.first.flatMap { state.bytes($0) }) == large)
        #expect(
            storage.problems.contains { $0.contains("a.json was damaged") && $0.contains("101 bytes") }, "\(storage.problems)")
        #expect(!storage.problems.joined().contains(state.path))
    }

    @Test func `what cannot be decoded, a folder, a pipe and a loop are set aside`() throws {
        struct Broken: Error {}
        try state.write([], "a.json")
        #expect(document(state.storage).read { _ in throw Broken() } as Int? == nil)
        try FileManager.default.createDirectory(atPath: state.file("a.json"), withIntermediateDirectories: true)
        #expect(document(state.storage).bytes() == nil)
        #expect(mkfifo(state.file("a.json"), 0o600) == 0)
        #expect(document(state.storage).bytes() == nil)
        #expect(symlink("a.json", state.file("a.json")) == 0)
        #expect(document(state.storage).bytes() == nil)
        #expect(state.names().allSatisfy { $0.hasPrefix("a.json.damaged-") }, "\(state.names())")
        let storage = state.storage
        try document(storage).keep([1])
        #expect(document(state.storage).bytes() == [1])
    }

    @Test func `names of set-aside files never collide and only the newest three stay`() throws {
        let noon = Date(timeIntervalSince1970: 1_796_126_400)
        for number in 1...12 {
            try state.write([UInt8](repeating: UInt8(number), count: 101), "a.json")
            let storage = StateStorage(StateDirectory(path: state.path), now: { noon })
            _ = document(storage).bytes()
        }
        #expect(
            state.names() == [
                "a.json.damaged-20261201-120000-10", "a.json.damaged-20261201-120000-11", "a.json.damaged-20261201-120000-12",
            ])
        #expect(state.bytes("a.json.damaged-20261201-120000-12")?.first == 12)
    }

    @Test func `a database's journals go with it`() throws {
        try state.write([1], "a.json")
        try state.write([2], "a.json-journal")
        document(state.storage).setAside("test")
        #expect(state.names().count == 2 && state.names().allSatisfy { $0.hasPrefix("a.json.damaged-") }, "\(state.names())")
    }

    @Test func `without a disk changes stay in memory until there is one`() throws {
        try state.breakDisk()
        let storage = state.storage
        try document(storage).keep([1])
        try document(storage).keep([2])
        #expect(document(storage).bytes() == [2])
        #expect(throws: PersistenceFailure.self) { try storage.document("b", maximumBytes: 9).write([1]) }
        let told = storage.problems
        #expect(told.count == 1 && told[0].hasPrefix("nothing can be kept"), "\(told)")
        #expect(!told.joined().contains(state.path))
        try state.repairDisk()
        storage.retry()
        #expect(document(state.storage).bytes() == [2])
        #expect(!storage.problems.joined().contains("a.json"))
    }

    @Test func `of two that wait, what came first is written first`() throws {
        try state.breakDisk()
        let storage = state.storage
        try storage.document("networks/aa", maximumBytes: 9).keep([1])
        try document(storage).keep([2])
        try storage.document("networks/bb", maximumBytes: 9).keep([3])
        try document(storage).keep([4])
        #expect(storage.waitingNames == ["networks/aa", "networks/bb", "a.json"])
        try state.repairDisk()
        storage.retry()
        #expect(storage.waitingNames == [] && state.bytes("networks/bb") == [3] && state.bytes("a.json") == [4])
    }

    @Test func `a start removes what was left unfinished, and nothing else`() throws {
        let leftovers = [
            ".upload-1", ".dat.nosync5f.Xy", "hub.json.part", "models/.dat.nosync1", "models/a.onnx.part", "networks/cc.part",
            "eeprom/left.json.part",
        ]
        let others = ["hub.json", "models/index.json", "models/a.onnx", "custom-models/mine.part", "faces.sqlite-journal"]
        for name in leftovers + others { try state.write([1], name) }
        let running = open(state.file(".upload-2"), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        defer { close(running) }
        #expect(running >= 0 && flock(running, LOCK_EX) == 0)
        let lines = LogLines()
        StateStorage(StateDirectory(path: state.path), logger: Logger(label: "test") { _ in lines }).prepare()
        for name in leftovers { #expect(state.bytes(name) == nil, "\(name)") }
        for name in others + [".upload-2"] { #expect(state.bytes(name) != nil, "\(name)") }
        #expect(lines.all.contains { $0.contains("removed 7 unfinished files") }, "\(lines.all)")
    }

    @Test func `a start removes the weights of models that were never installed`() throws {
        let index = """
            [{"name":"whole","role":"detection","bytes":1,"sha256":"","hasManifest":false,"active":true,"data":["w.bin"]},
             {"name":"plain","role":"detection","bytes":1,"sha256":"","hasManifest":false,"active":false}]
            """
        try state.write(Array(index.utf8), "models/index.json")
        let kept = ["whole.files/w.bin", "whole.files/whole.onnx", "busy.files/w.bin", "plain.onnx", "a.files.txt"]
        let swept = ["cut.files/w.bin", "cut.files/cut.onnx.part", "late.files/late.onnx", "plain.files/w.bin"]
        for name in kept + swept { try state.write([1], "models/\(name)") }
        let busy = open(state.file("models/busy.files"), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(busy) }
        #expect(busy >= 0 && flock(busy, LOCK_EX) == 0)
        state.storage.prepare()
        for name in kept { #expect(state.bytes("models/\(name)") != nil, "\(name)") }
        for name in swept { #expect(state.bytes("models/\(name)") == nil, "\(name)") }
        #expect(!FileManager.default.fileExists(atPath: state.file("models/cut.files")))
    }

    @Test(arguments: ["{", nil]) func `weights stay while nobody can say whose they are`(index: String?) throws {
        if let index { try state.write(Array(index.utf8), "models/index.json") }
        for name in ["whole.files/w.bin", "whole.files/whole.onnx", "cut.files/w.bin"] { try state.write([1], "models/\(name)") }
        state.storage.prepare()
        #expect(state.bytes("models/whole.files/w.bin") != nil && state.bytes("models/cut.files/w.bin") == nil)
    }

    @Test func `trouble is logged once, and its end`() throws {
        try state.breakDisk()
        let lines = LogLines()
        let storage = StateStorage(StateDirectory(path: state.path), logger: Logger(label: "test") { _ in lines })
        try document(storage).keep([1])
        storage.retry()
        storage.retry()
        #expect(lines.all.count { $0.contains("a.json cannot be written") } == 1, "\(lines.all)")
        try state.repairDisk()
        storage.retry()
        #expect(lines.all.last?.contains("a.json is kept again") == true, "\(lines.all)")
    }
}
