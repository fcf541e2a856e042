// SPDX-License-Identifier: Apache-2.0
import API
import Appliance
import Core
import Foundation
import OAK
import Testing

/// The firmware store behind HTTP.
struct FirmwareServiceTests {
    /// The shortest image there is, of no vendor: a label and the jump.
    private static let image = Array("MA2x".utf8) + [0xA8, 5, 0] + Array("a.elf".utf8) + [0xA4, 0, 0, 0, 0]

    private func withService(
        _ body: (FirmwareStoreService, StateStorage, Counter) async throws -> Void
    ) async throws {
        let state = StateDirectory(path: FileManager.default.temporaryDirectory.path + "/firmware-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: state.path) }
        let (storage, arrived) = (StateStorage(state), Counter())
        try await body(FirmwareStoreService(storage) { arrived.add() }, storage, arrived)
    }

    private func refusal(_ body: () async throws(FirmwareRefusal) -> Void) async -> FirmwareRefusal? {
        do {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    /// An upload that has arrived.
    private func upload(_ bytes: [UInt8], _ service: FirmwareStoreService) async throws -> String {
        let path = try await service.inbox()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func anUnknownImageIsTakenByForceOnlyAndCamerasAreTold() async throws {
        try await withService { service, storage, arrived in
            let path = try await upload(Self.image, service)
            let refused = await refusal { () async throws(FirmwareRefusal) in _ = try await service.install(path, force: false) }
            #expect(refused?.kind == .unknownRelease)
            #expect(refused?.description.contains("?force=true") == true && refused?.description.contains("--force") == false)
            #expect(refused?.description.contains("pip download depthai==") == true)
            #expect(await service.list().firmware.isEmpty && arrived.current == 0)
            let summary = try await service.install(path, force: true)
            #expect(summary.release == nil && summary.bytes == Self.image.count && summary.imported?.count == 20)
            #expect(arrived.current == 1)
            let list = await service.list()
            #expect(list.firmware == [summary] && list.remedy == nil)
            try await service.remove(String(summary.sha256.prefix(8)))
            #expect(await service.list().remedy == KnownFirmware.downloadCommand)
            #expect(FirmwareStore(storage).entries.isEmpty)
        }
    }

    @Test func whatIsNoFirmwareIsRefusedWithItsRemedy() async throws {
        try await withService { service, _, arrived in
            for (bytes, words) in [
                ([], "is empty"), (Array("nothing".utf8), "holds no camera firmware"),
                (Array("PK".utf8) + [3, 4], "damaged zip archive"), (Array(Self.image.dropLast(9)), "is damaged"),
            ] {
                let path = try await upload(bytes, service)
                let refused = await refusal { () async throws(FirmwareRefusal) in
                    _ = try await service.install(path, force: true)
                }
                #expect(refused?.kind == .bad && refused?.description.contains(words) == true)
                #expect(refused?.description.contains("pip download depthai==") == true)
            }
            let unknown = await refusal { () async throws(FirmwareRefusal) in try await service.remove("9.9") }
            #expect(unknown?.kind == .unknown && arrived.current == 0)
        }
    }

    @Test func aDirectoryThatCannotBeWrittenIsASentenceWithoutItsPath() async throws {
        let file = FileManager.default.temporaryDirectory.path + "/firmware-\(UUID().uuidString)"
        try Data().write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let service = FirmwareStoreService(StateStorage(StateDirectory(path: "\(file)/state"))) {}
        let refused = await refusal { () async throws(FirmwareRefusal) in _ = try await service.inbox() }
        #expect(refused?.kind == .storage && refused?.description.contains(file) == false)
    }
}
