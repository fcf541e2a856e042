// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Tasks

/// One file of the state directory with its bound: what may be written may be read, because both look at the same figure.
package struct StateDocument: PersistentFile {
    let storage: StateStorage
    /// Below the state directory.
    let name: String
    package let maximumBytes: Int

    package var path: String { storage.directory.file(name) }

    package func bytes() -> [UInt8]? {
        if let waiting = storage.waiting(name) { return waiting }
        do throws(BoundedFile.Failure) {
            return try BoundedFile.read(path, maximum: maximumBytes, what: "file")
        } catch {
            if error.kind == .unusable { setAside(error.reason) }
            return nil
        }
    }

    package func keep(_ bytes: [UInt8]) throws(PersistenceFailure) {
        try check(bytes)
        storage.keep(name, bytes: bytes) { () throws(PersistenceFailure) in try store(bytes) }
    }

    package func keep(by attempt: @escaping @Sendable () throws(PersistenceFailure) -> Void) {
        storage.keep(name, bytes: nil) { () throws(PersistenceFailure) in
            try makeFolder()
            try attempt()
        }
    }

    /// Writes what is of no use in memory alone.
    package func write(_ bytes: [UInt8]) throws(PersistenceFailure) {
        try check(bytes)
        do {
            try store(bytes)
            storage.written(name, nil)
        } catch {
            storage.written(name, error)
            throw error
        }
    }

    package func remove() throws(PersistenceFailure) {
        storage.forget(name)
        guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else { throw PersistenceFailure(errno: errno) }
    }

    package func setAside(_ reason: String) {
        // A database's journals.
        storage.setAside(name, reason, companions: ["-journal", "-wal", "-shm"])
    }

    /// What is written here is what may be read.
    func check(_ bytes: [UInt8]) throws(PersistenceFailure) {
        guard bytes.count <= maximumBytes else { throw .tooLarge(what: name, maximum: maximumBytes) }
    }

    /// One attempt, at once.
    func store(_ bytes: [UInt8]) throws(PersistenceFailure) {
        try makeFolder()
        try AtomicFile.write(bytes, to: path)
    }

    /// The owner may have removed it, or plugged in another disk.
    private func makeFolder() throws(PersistenceFailure) {
        let folder = (path as NSString).deletingLastPathComponent
        let isNew = access(folder, F_OK) != 0
        defer { if isNew { FolderOwner.give(folder, storage.directory.path) } }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw PersistenceFailure(error)
        }
    }
}
