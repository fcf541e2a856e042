// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import OAK
import Settings
import Tasks
import Testing

struct FirmwareStoreTests {
    /// The shortest image there is: a label and the jump.
    private func firmware(_ program: String) throws -> IdentifiedFirmware {
        let label = [0xA8, UInt8(program.utf8.count), 0] + Array(program.utf8)
        return IdentifiedFirmware(try FirmwareImage(Array("MA2x".utf8) + label + [0xA4, 0, 0, 0, 0]))
    }

    private func withStore(_ body: (FirmwareStore, StateStorage) throws -> Void) throws {
        let state = StateDirectory(path: FileManager.default.temporaryDirectory.path + "/firmware-\(UUID().uuidString)")
        try state.make()
        defer { try? FileManager.default.removeItem(atPath: state.path) }
        let storage = StateStorage(state)
        try body(FirmwareStore(storage), storage)
    }

    private func attributes(_ path: String) throws -> [FileAttributeKey: Any] {
        try FileManager.default.attributesOfItem(atPath: path)
    }

    @Test func whatIsImportedIsListedLoadedAndRemoved() throws {
        try withStore { store, _ in
            #expect(store.entries.isEmpty && store.preferred() == nil)
            let firmware = try firmware("a.elf")
            let entry = try store.add(firmware)
            #expect(try store.add(firmware) == entry)
            #expect(store.entries == [entry] && entry.release == nil && entry.bytes == firmware.image.bytes.count)
            #expect(store.preferred() == firmware)
            #expect(try store.remove(String(entry.sha256.prefix(8)).uppercased()) == entry)
            #expect(store.entries.isEmpty)
        }
    }

    @Test func aNameThatMeansNothingOrTooMuchIsRefused() throws {
        try withStore { store, _ in
            // Of seventeen hashes two begin with the same digit.
            var entries: [FirmwareStore.Entry] = []
            for number in 0..<17 { entries.append(try store.add(try firmware("\(number).elf"))) }
            let digits = Dictionary(grouping: entries) { $0.sha256.prefix(1) }
            let shared = try #require(digits.first { $0.value.count > 1 }?.key)
            #expect(throws: FirmwareStore.Failure.ambiguous(name: String(shared))) { try store.remove(String(shared)) }
            #expect(throws: FirmwareStore.Failure.self) { try store.remove("") }
            #expect(throws: FirmwareStore.Failure.self) { try store.remove("2.30.0.0") }
            #expect(store.entries.count == 17)
        }
    }

    @Test func anImageThatChangedOnTheDiskIsSetAside() throws {
        try withStore { store, storage in
            let entry = try store.add(try firmware("a.elf"))
            let path = "\(storage.directory.path)/firmware/\(entry.sha256).cmd"
            try Data(try firmware("b.elf").image.bytes).write(to: URL(fileURLWithPath: path))
            #expect(store.preferred() == nil)
            #expect(store.entries.isEmpty && storage.problems.count == 1)
        }
    }

    @Test func filesAreForTheirOwnerOnly() throws {
        try withStore { store, storage in
            let entry = try store.add(try firmware("a.elf"))
            let folder = "\(storage.directory.path)/firmware"
            #expect(try attributes(folder)[.posixPermissions] as? Int == 0o700)
            #expect(try attributes("\(folder)/\(entry.sha256).cmd")[.posixPermissions] as? Int == 0o600)
        }
    }

    /// As `sudo depthd firmware import` does beside the service's own user.
    @Test(.enabled(if: geteuid() == 0)) func whatRootImportsBelongsToTheDirectorysOwner() throws {
        try withStore { store, storage in
            try #require(chown(storage.directory.path, 65_534, 65_534) == 0)
            let entry = try store.add(try firmware("a.elf"))
            let folder = "\(storage.directory.path)/firmware"
            for path in [folder, "\(folder)/\(entry.sha256).cmd"] {
                #expect(try attributes(path)[.ownerAccountID] as? Int == 65_534)
                #expect(try attributes(path)[.groupOwnerAccountID] as? Int == 65_534)
            }
        }
    }
}
