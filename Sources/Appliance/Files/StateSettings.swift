// SPDX-License-Identifier: Apache-2.0
import Settings

/// The `state` section of the settings: what the box keeps for itself.
public struct StateSettings: Sendable, Hashable {
    /// Folder for what clients deploy, teach and set; empty for the system's place.
    let directory: String

    init(_ section: SettingsSection) throws(SettingsError) {
        directory = try section.text("directory", default: "")
        try section.finish()
    }
}
