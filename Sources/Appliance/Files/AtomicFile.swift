// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tasks

/// Writes a file so that under its name there is always a whole one, the old or the new: beside it, synced, renamed, and
/// the folder synced.
enum AtomicFile {
    /// What the name of an unfinished file ends with.
    static let unfinished = ".part"

    static func write(_ bytes: [UInt8], to path: String) throws(PersistenceFailure) {
        let part = path + unfinished
        do throws(PersistenceFailure) {
            try store(bytes, part)
            guard rename(part, path) == 0 else { throw PersistenceFailure(errno: errno) }
        } catch {
            unlink(part)
            throw error
        }
        try sync(folder: (path as NSString).deletingLastPathComponent)
    }

    private static func store(_ bytes: [UInt8], _ path: String) throws(PersistenceFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PersistenceFailure(errno: errno) }
        defer { close(descriptor) }
        // A daemon that starts meanwhile takes what is locked for no left-over.
        flock(descriptor, LOCK_EX | LOCK_NB)
        FolderOwner.give(descriptor, (path as NSString).deletingLastPathComponent)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            guard count > 0 || (count < 0 && errno == EINTR) else { throw PersistenceFailure(errno: errno) }
            written += max(0, count)
        }
        guard fsync(descriptor) == 0 else { throw PersistenceFailure(errno: errno) }
    }

    private static func sync(folder path: String) throws(PersistenceFailure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PersistenceFailure(errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw PersistenceFailure(errno: errno) }
    }
}
