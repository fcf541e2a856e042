// SPDX-License-Identifier: Apache-2.0
import Foundation
import Settings

/// Where the box keeps what is deployed to it.
enum StateDirectory {
    /// The settings' folder; else systemd's `$STATE_DIRECTORY`; else `$XDG_STATE_HOME/depthd` or `~/.local/state/depthd`,
    /// and `/var/lib/depthd` for root.
    static func path(
        _ settings: Settings, environment: [String: String] = ProcessInfo.processInfo.environment, isRoot: Bool = geteuid() == 0
    ) -> String {
        if !settings.state.directory.isEmpty { return settings.state.directory }
        if let given = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(given) }
        if isRoot { return "/var/lib/depthd" }
        if let home = environment["XDG_STATE_HOME"], home.hasPrefix("/") { return home + "/depthd" }
        return NSHomeDirectory() + "/.local/state/depthd"
    }
}
