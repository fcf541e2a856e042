// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Removes unfinished files and folders that a killed process or a power cut left in the state directory.
enum StateSweep {
    /// Folders depthd writes into; the owner's own, such as `custom-models`, are not touched.
    private static let folders = ["", "models", "networks", "eeprom", "firmware", "crash-dumps"]

    /// - Returns: how many files and folders were removed.
    static func run(_ directory: String) -> Int {
        var count = ModelStore.removeUnfinishedData(in: "\(directory)/models")
        for folder in folders {
            let path = folder.isEmpty ? directory : "\(directory)/\(folder)"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where isUnfinished(name) {
                if remove("\(path)/\(name)") { count += 1 }
            }
        }
        return count
    }

    /// Uploads, Foundation's atomic writes of earlier versions, and our own.
    private static func isUnfinished(_ name: String) -> Bool {
        name.hasPrefix(".upload-") || name.hasPrefix(".dat.nosync") || name.hasSuffix(AtomicFile.unfinished)
    }

    /// A file somebody writes at this moment is locked: `depthd models install` may run beside the daemon.
    private static func remove(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        // What cannot be opened is held by nobody of ours.
        guard descriptor >= 0 else { return unlink(path) == 0 }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        return unlink(path) == 0
    }
}
