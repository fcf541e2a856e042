// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import Tasks

/// A file of an upload on its way to the disk, for uploads that are too large to be collected in memory.
struct UploadFile {
    let path: String
    private let handle: FileHandle

    /// - Parameter path: there is nothing yet.
    init(_ path: String) throws(PersistenceFailure) {
        self.path = path
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PersistenceFailure(errno: errno) }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // A daemon that starts meanwhile takes what is locked for no left-over.
        flock(descriptor, LOCK_EX | LOCK_NB)
    }

    func write(_ piece: ByteBuffer) throws(PersistenceFailure) {
        do {
            try handle.write(contentsOf: Data(piece.readableBytesView))
        } catch {
            throw PersistenceFailure(error)
        }
    }

    /// Nothing more will be written.
    func close() throws(PersistenceFailure) {
        do {
            try handle.close()
        } catch {
            throw PersistenceFailure(error)
        }
    }

    /// Removes what was written, finished or not.
    func remove() {
        try? handle.close()
        unlink(path)
    }
}
