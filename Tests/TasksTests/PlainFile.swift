// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tasks

/// A path on a disk where all is well.
struct PlainFile: PersistentFile {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).sqlite").path
    let maximumBytes = 1 << 30

    func bytes() -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }

    func keep(_ bytes: [UInt8]) throws(PersistenceFailure) {
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { throw .failed(reason: "test") }
    }

    func keep(by attempt: @escaping @Sendable () throws(PersistenceFailure) -> Void) { try? attempt() }

    func setAside(_ reason: String) {}
}
