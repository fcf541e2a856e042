// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tasks

/// Whether a folder can take files at this moment.
enum DiskCondition {
    /// Less free space than this is none: it is about what one document needs beside the old one.
    static let leastFreeBytes = 1 << 20

    /// What keeps files from being written; nil for nothing.
    static func obstacle(_ folder: String) -> PersistenceFailure? {
        guard access(folder, W_OK | X_OK) == 0 else { return PersistenceFailure(errno: errno) }
        var figures = statvfs()
        // File systems that tell no figures tell 0 blocks.
        guard statvfs(folder, &figures) == 0, figures.f_blocks > 0 else { return nil }
        if UInt64(figures.f_bavail) * UInt64(figures.f_frsize) < UInt64(leastFreeBytes) { return .full }
        return figures.f_files > 0 && figures.f_favail == 0 ? .full : nil
    }
}
