// SPDX-License-Identifier: Apache-2.0
public import Logging
import Settings

/// The `log` section of the settings.
public struct LogSettings: Sendable, Hashable {
    public let level: Logger.Level

    init(_ section: SettingsSection) throws(SettingsError) {
        level = try section.choice("level", default: .info)
        try section.finish()
    }
}
