// SPDX-License-Identifier: Apache-2.0
import Settings

/// The `usb` section of the settings: what the box does about USB devices.
public struct USBSettings: Sendable, Hashable {
    /// Whether a daemon that runs as root installs missing udev rules when it starts.
    public let installRules: Bool

    init(_ section: SettingsSection) throws(SettingsError) {
        installRules = try section.flag("install_rules", default: false)
        try section.finish()
    }
}
