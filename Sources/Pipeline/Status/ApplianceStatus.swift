// SPDX-License-Identifier: Apache-2.0

/// Everything worth knowing about the box at one moment.
public struct ApplianceStatus: Sendable, Codable {
    public var version: String
    public var uptimeSeconds: Double
    /// UTC, ISO 8601.
    public var time: String
    /// Host name.
    public var host: String
    /// `ok` when every camera runs, else `degraded` with `why`.
    public var health: String
    public var why: [String]
    public var system: SystemStatus
    public var cameras: [CameraStatus]
    /// Devices that are plugged in and known, and that depthd cannot use as they are.
    public var devices: [DeviceStatus] = []
    /// The publishers that the settings enable, by name.
    public var publishers: [PublisherStatus] = [] {
        didSet { udp = OlderUDPStatus(publishers) }
    }
    /// For clients older than `publishers`.
    private var udp: OlderUDPStatus?
    /// Live pictures, results and video over HTTP; nil while there is no server for them.
    public var live: LiveStatus?
    /// What a box tells its owner before a camera was ever plugged in; nil once one was, the settings were changed or the
    /// greeting was dismissed.
    public var welcome: WelcomeStatus?

    private enum CodingKeys: String, CodingKey {
        case version
        case uptimeSeconds = "uptime_s"
        case time
        case host
        case health
        case why
        case system
        case cameras
        case devices
        case publishers
        case udp
        case live
        case welcome
    }

    public init(
        version: String, uptimeSeconds: Double, time: String, host: String, health: String, why: [String],
        system: SystemStatus, cameras: [CameraStatus]
    ) {
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.time = time
        self.host = host
        self.health = health
        self.why = why
        self.system = system
        self.cameras = cameras
    }
}

/// The status key `udp`, older than `publishers`.
private struct OlderUDPStatus: Sendable, Codable {
    /// 0 while the port is closed.
    var port: Int
    var subscriptions: Int
    var counters: [String: Int]

    /// nil without a publisher of that name.
    init?(_ publishers: [PublisherStatus]) {
        guard let udp = publishers.first(where: { $0.name == "udp" }) else { return nil }
        port = udp.port ?? 0
        subscriptions = udp.subscriptions ?? 0
        counters = udp.counters
    }
}
