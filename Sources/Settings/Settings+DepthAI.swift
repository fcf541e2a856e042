// SPDX-License-Identifier: Apache-2.0

extension Settings {
    /// The server for scripts that `import depthai`.
    public struct DepthAI: Sendable, Hashable {
        public var enabled: Bool
        /// An address of this machine.
        public var host: String
        /// 0 takes any free port, -1 opens none beside the socket.
        public var port: Int
        /// Path of a Unix socket for scripts on this machine; `auto` for the customary one, `none` for none.
        public var socket: String
        /// Scripts at the same time.
        public var maximumClients: Int
    }
}

extension Settings.DepthAI {
    init(_ section: SettingsSection) throws(SettingsError) {
        enabled = try section.flag("enabled", default: true)
        host = try section.text("host", default: "0.0.0.0", maximumLength: 255)
        port = try section.integer("port", default: 11_480, in: -1...65535)
        socket = try section.text("socket", default: "auto", maximumLength: 107)
        maximumClients = try section.integer("maximum_clients", default: 16, in: 1...128)
        try section.finish()
    }
}
