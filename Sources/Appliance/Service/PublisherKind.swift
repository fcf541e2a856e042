// SPDX-License-Identifier: Apache-2.0
import Logging
import Pipeline
import Publish

/// A kind of publisher: its section of the settings, and what is made of it. Start, end, reload, status and watchdog probe
/// follow from `ResultPublisher`.
struct PublisherKind: Sendable {
    /// Also the publisher's name.
    let section: String
    /// nil where the settings do not enable it.
    let make: @Sendable (ApplianceSettings, any ApplianceService, Logger) -> (any ResultPublisher)?
    /// What `depthd doctor` says about its ports.
    let findings: @Sendable (ApplianceSettings) -> [Finding]

    /// A new kind is added here.
    static let all = [udp]

    private static let udp = PublisherKind(
        section: "udp",
        make: { settings, appliance, logger in
            settings.udp.enabled ? UDPServer(settings: settings.udp, appliance: appliance, logger: logger) : nil
        },
        findings: { $0.udp.enabled ? [PortProbe.datagrams("udp.port", $0.udp.port)] : [] })
}
