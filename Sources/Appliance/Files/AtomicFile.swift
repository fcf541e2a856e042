// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Writes a file so that under its name there is always a whole one, the old or the new: beside it, synced, renamed, and
/// the folder synced.
enum AtomicFile {
    static func write(_ bytes: [UInt8], to path: String) throws {
        let part = path + ".part"
        do {
            try store(bytes, part)
            guard rename(part, path) == 0 else { throw failure("rename") }
            try sync(folder: (path as NSString).deletingLastPathComponent)
        } catch {
            unlink(part)
            throw error
        }
    }

    private static func store(_ bytes: [UInt8], _ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                guard count > 0 || (count < 0 && errno == EINTR) else { throw failure("write") }
                written += max(0, count)
            }
        }
        guard fsync(descriptor) == 0 else { throw failure("fsync") }
    }

    private static func sync(folder path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync") }
    }

    private static func failure(_ call: String) -> HubStore.Failure {
        HubStore.Failure(description: "\(call): \(String(cString: strerror(errno)))")
    }
}
