// SPDX-License-Identifier: Apache-2.0
package import API
import Foundation
import OAK

/// The firmware store as the HTTP server sees it. What blocks runs on threads of its own.
package struct FirmwareStoreService: FirmwareService {
    private let store: FirmwareStore
    private let storage: StateStorage
    private let onImport: @Sendable () -> Void

    /// - Parameters:
    ///   - storage: of the state directory, where uploads arrive.
    ///   - onImport: called when there is firmware that was not there before.
    package init(_ storage: StateStorage, onImport: @escaping @Sendable () -> Void) {
        store = FirmwareStore(storage)
        self.storage = storage
        self.onImport = onImport
    }

    package var maximumBytes: Int { FirmwareFinder.maximumBytes }

    package func list() async -> FirmwareList {
        let imported = await BlockingThread.run("firmware list") { [store] in store.entries.map(store.summary) }
        return FirmwareList(
            firmware: imported, known: KnownFirmware.all.map { .init(release: $0.release, sha256: $0.sha256) },
            remedy: imported.isEmpty ? KnownFirmware.downloadCommand : nil, maximumBytes: maximumBytes)
    }

    package func inbox() async throws(FirmwareRefusal) -> String {
        let directory = storage.directory
        let made = await BlockingThread.run("firmware inbox") {
            Result { () throws(StateDirectory.Failure) in try directory.make() }
        }
        do {
            try made.get()
        } catch {
            throw FirmwareRefusal(.storage, "the upload cannot be stored: \(error.cause)")
        }
        return directory.file(".upload-\(UUID().uuidString)")
    }

    package func install(_ path: String, force: Bool) async throws(FirmwareRefusal) -> FirmwareSummary {
        let outcome = await BlockingThread.run("firmware import") { [store] in
            Result { () throws(FirmwareRefusal) in store.summary(try Self.take(path, force: force, into: store)) }
        }
        let summary = try outcome.get()
        onImport()
        return summary
    }

    private static func take(
        _ path: String, force: Bool, into store: FirmwareStore
    ) throws(FirmwareRefusal) -> FirmwareStore.Entry {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, maximum: FirmwareFinder.maximumBytes, what: "upload")
        } catch {
            throw FirmwareRefusal(.storage, "the upload cannot be read again: \(error.reason); send it again")
        }
        let firmware: IdentifiedFirmware
        do {
            firmware = try IdentifiedFirmware(findingIn: bytes, file: "the file", force: force)
        } catch {
            throw FirmwareRefusal(error)
        }
        do {
            return try store.add(firmware)
        } catch {
            throw FirmwareRefusal(error)
        }
    }

    package func remove(_ name: String) async throws(FirmwareRefusal) {
        let outcome = await BlockingThread.run("firmware remove") { [store] in
            Result { () throws(FirmwareStore.Failure) in try store.remove(name) }
        }
        do {
            _ = try outcome.get()
        } catch {
            throw FirmwareRefusal(error)
        }
    }
}

extension FirmwareStore {
    fileprivate func summary(_ entry: Entry) -> FirmwareSummary {
        FirmwareSummary(
            release: entry.release, sha256: entry.sha256, bytes: entry.bytes,
            imported: imported(entry)?.formatted(Date.ISO8601FormatStyle()))
    }
}

extension FirmwareRefusal {
    fileprivate init(_ error: FirmwareError) {
        let words = error.description(forcing: "send the file again with ?force=true")
        switch error {
        case .unknownImage: self.init(.unknownRelease, words)
        case .tooLarge: self.init(.tooLarge, words)
        default: self.init(.bad, words)
        }
    }

    fileprivate init(_ error: FirmwareStore.Failure) {
        switch error {
        case .unknown: self.init(.unknown, error.description)
        case .ambiguous: self.init(.ambiguous, error.description)
        case .files: self.init(.storage, error.description)
        }
    }
}
