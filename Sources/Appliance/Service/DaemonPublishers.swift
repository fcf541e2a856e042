// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import Pipeline
import Publish
import Settings

/// The publishers that the settings enable. A new kind is added here; its start, end, status and watchdog probe follow from
/// `ResultPublisher`.
enum DaemonPublishers {
    /// In the order of the settings' sections.
    static func enabled(
        by settings: Settings, appliance: any ApplianceService, logger: Logger
    ) throws(SettingsError) -> [any ResultPublisher] {
        var publishers: [any ResultPublisher] = []
        if settings.udp.enabled {
            publishers.append(UDPServer(settings: try udpSettings(settings), appliance: appliance, logger: logger))
        }
        return publishers
    }

    /// The ports they open, for `depthd doctor`.
    static func ports(_ settings: Settings) -> [(key: String, port: Int, type: __socket_type)] {
        settings.udp.enabled ? [("udp.port", settings.udp.port, SOCK_DGRAM)] : []
    }

    private static func udpSettings(_ settings: Settings) throws(SettingsError) -> UDPSettings {
        var udp = UDPSettings()
        udp.host = settings.udp.host
        udp.port = settings.udp.port
        udp.allow = settings.udp.allow
        udp.targets = settings.udp.targets
        udp.maximumSubscriptions = settings.udp.maximumSubscriptions
        udp.multicast = settings.udp.multicast
        udp.multicastInterface = settings.udp.multicastInterface
        do {
            udp.key = try SharedKeyFile.read(settings.udp.keyFile)
        } catch {
            throw SettingsError(document: "settings", path: "udp.key_file", problem: error.description)
        }
        do {
            try udp.validate()
        } catch {
            guard case .setting(let field, let problem) = error else {
                throw SettingsError(document: "settings", path: "udp", problem: error.description)
            }
            throw SettingsError(document: "settings", path: field, problem: problem)
        }
        return udp
    }
}
