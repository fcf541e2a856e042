// SPDX-License-Identifier: Apache-2.0
package import Settings

/// The `depthai` section of the settings: where scripts that `import depthai` connect.
package struct LinkServerSettings: Sendable, Hashable {
    package let enabled: Bool
    /// An address of this machine.
    package let host: String
    /// 0 for any that is free; nil for none.
    package var port: Int?
    /// Path of the Unix socket, `auto` for the customary one; nil for none.
    package var socket: String?
    /// Clients at the same time.
    package let maximumClients: Int

    package init(_ section: SettingsSection) throws(SettingsError) {
        enabled = try section.flag("enabled", default: true)
        host = try section.text("host", default: "0.0.0.0", maximumLength: 255)
        let port = try section.integer("port", default: 11_480, in: -1...65535)
        self.port = port < 0 ? nil : port
        let socket = try section.text("socket", default: "auto", maximumLength: 107)
        self.socket = ["none", ""].contains(socket) ? nil : socket
        maximumClients = try section.integer("maximum_clients", default: 16, in: 1...128)
        try section.finish()
    }
}
