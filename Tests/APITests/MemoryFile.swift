// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Tasks

/// A file that outlives a server and no test.
final class MemoryFile: PersistentFile {
    let path = "/nowhere"
    let maximumBytes: Int
    private let content = Mutex<[UInt8]?>(nil)

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    func bytes() -> [UInt8]? { content.withLock { $0 } }

    func keep(_ bytes: [UInt8]) throws(PersistenceFailure) {
        guard bytes.count <= maximumBytes else { throw .tooLarge(what: "the file", maximum: maximumBytes) }
        content.withLock { $0 = bytes }
    }

    func keep(by attempt: @escaping @Sendable () throws(PersistenceFailure) -> Void) { try? attempt() }

    func setAside(_ reason: String) { content.withLock { $0 = nil } }
}
