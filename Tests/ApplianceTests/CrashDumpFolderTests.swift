// SPDX-License-Identifier: Apache-2.0
import Appliance
import Capture
import Foundation
import Pipeline
import Testing

struct CrashDumpFolderTests {
    private static let start = Date(timeIntervalSince1970: 1_796_121_000.25)

    private func withFolder(_ body: (CrashDumpFolder, String) throws -> Void) throws {
        let state = StateDirectory(path: FileManager.default.temporaryDirectory.path + "/crashes-\(UUID().uuidString)")
        try state.make()
        defer { try? FileManager.default.removeItem(atPath: state.path) }
        try body(CrashDumpFolder(StateStorage(state)), state.path)
    }

    private func dump(_ serialNumber: String, _ json: String = "{}") -> CrashDump {
        CrashDump(serialNumber: serialNumber, json: json)
    }

    private func permissions(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func aReportIsKeptAsItIsForItsOwnerOnly() throws {
        try withFolder { folder, path in
            #expect(folder.names.isEmpty && folder.newest(of: "14442C10D13EABCE00") == nil)
            let file = try folder.keep(dump("14442C10D13EABCE00", #"{"a":1}"#), at: Self.start)
            #expect(file == "crash-dumps/20261201T103000.250Z-14442C10D13EABCE00.json")
            #expect(try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8) == #"{"a":1}"#)
            #expect(try permissions("\(path)/\(file)") == 0o600 && permissions("\(path)/crash-dumps") == 0o700)
            #expect(folder.text(folder.names[0]) == #"{"a":1}"#)
            let newest = CrashDumpStatus(file: file, time: "2026-12-01T10:30:00Z")
            #expect(folder.newest(of: "14442C10D13EABCE00") == newest && folder.newest(of: "OTHER") == nil)
        }
    }

    @Test func theNewestFiveOfAllCamerasStay() throws {
        try withFolder { folder, _ in
            for index in 0..<8 {
                try folder.keep(dump(index.isMultiple(of: 2) ? "A" : "B"), at: Self.start.addingTimeInterval(Double(index)))
            }
            #expect(folder.names.map { String($0.suffix(6)) } == ["B.json", "A.json", "B.json", "A.json", "B.json"])
            #expect(folder.names.first == "20261201T103007.250Z-B.json" && folder.names.last == "20261201T103003.250Z-B.json")
            #expect(folder.newest(of: "A")?.time == "2026-12-01T10:30:06Z")
        }
    }

    @Test func aClockThatWasSetBackDoesNotCostTheReportThatHasJustCome() throws {
        try withFolder { folder, path in
            for index in 0..<5 { try folder.keep(dump("A"), at: Self.start.addingTimeInterval(Double(index))) }
            let file = try folder.keep(dump("A"), at: Date(timeIntervalSince1970: 0))
            #expect(folder.names.count == 5 && FileManager.default.fileExists(atPath: "\(path)/\(file)"))
        }
    }

    @Test(arguments: ["../../etc/passwd", "a/b", "", "...", String(repeating: "x", count: 500)])
    func whatACameraCallsItselfIsNoPath(serialNumber: String) throws {
        try withFolder { folder, path in
            let file = try folder.keep(dump(serialNumber), at: Self.start)
            #expect(file.split(separator: "/").count == 2 && !file.contains(".."))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/crash-dumps").count == 1)
            #expect(folder.newest(of: serialNumber)?.file == file)
        }
    }

    /// The owner's own files in the folder are left alone.
    @Test func otherFilesAreNotCounted() throws {
        try withFolder { folder, path in
            try folder.keep(dump("A"), at: Self.start)
            for name in ["notes.txt", "20261201-A.json", "A.json"] {
                try Data().write(to: URL(fileURLWithPath: "\(path)/crash-dumps/\(name)"))
            }
            for index in 1..<7 { try folder.keep(dump("A"), at: Self.start.addingTimeInterval(Double(index))) }
            #expect(folder.names.count == 5)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/crash-dumps").count == 8)
        }
    }

    @Test func aReportThatIsTooLongIsNotWritten() throws {
        try withFolder { folder, _ in
            let long = dump("A", String(repeating: "a", count: CrashDump.maximumBytes + 1))
            #expect(throws: (any Error).self) { try folder.keep(long, at: Self.start) }
            #expect(folder.names.isEmpty)
        }
    }
}
