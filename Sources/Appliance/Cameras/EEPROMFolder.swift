// SPDX-License-Identifier: Apache-2.0
package import Core
package import DepthAI
import Foundation
package import Tasks

/// The cameras' EEPROMs, as files of the box: what scripts wrote, word for word.
package struct EEPROMFolder: Sendable {
    private let storage: StateStorage

    private static let longestBytes = 64 << 10

    package init(_ storage: StateStorage) { self.storage = storage }

    /// What was written for a camera; nil while nothing was, or where the file was damaged since.
    package func memory(of camera: CameraID) -> BoardMemory? {
        // A file that clears the memory is none that was kept.
        document(of: camera).read { try BoardMemory(written: $0) } ?? nil
    }

    /// Keeps what was written; nil forgets it.
    /// - Throws: when it cannot be kept: a memory that forgets is none.
    package func write(_ bytes: [UInt8]?, of camera: CameraID) throws(PersistenceFailure) {
        guard let bytes else { return try document(of: camera).remove() }
        try document(of: camera).write(bytes)
    }

    private func document(of camera: CameraID) -> StateDocument {
        storage.document("eeprom/\(camera.name).json", maximumBytes: Self.longestBytes)
    }
}
