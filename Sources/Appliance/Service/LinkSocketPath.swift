// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Where the socket for scripts on this machine lies.
enum LinkSocketPath {
    private static let fileName = "depthai.sock"

    /// The path of a setting; for `auto` the file in systemd's `$RUNTIME_DIRECTORY`, else in `/run/depthd` for root, else in
    /// `$XDG_RUNTIME_DIR/depthd`, whose folder is made; nil for none, and where there is no such folder.
    static func path(_ setting: String?, environment: [String: String], isRoot: Bool) -> String? {
        guard setting == "auto" else { return setting }
        let folder: String
        if let systemd = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first {
            folder = String(systemd)
        } else if isRoot {
            folder = "/run/depthd"
        } else if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
            folder = "\(runtime)/depthd"
        } else {
            return nil
        }
        // Where it cannot be made, scripts on this machine take the port as others do.
        guard (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil else {
            return nil
        }
        return "\(folder)/\(fileName)"
    }
}
