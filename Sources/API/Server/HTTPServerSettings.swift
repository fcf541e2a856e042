// SPDX-License-Identifier: Apache-2.0
public import Settings

/// How the HTTP server listens and how much it lets its clients take.
public struct HTTPServerSettings: Sendable, Hashable {
    /// What a server serves.
    public enum Offer: Sendable, Hashable {
        /// Dashboard, native API and `/v1/…`.
        case everything
        /// `/v1/…` with the explorer page, for programs that expect CodeProject.AI there.
        case codeProject
    }

    public var offer = Offer.everything
    /// The section of the settings that messages name.
    public var section = "http"
    /// Address or host name to listen on; `0.0.0.0` is every IPv4 address of the box.
    public var host: String
    /// 1...65535, or 0 for any free port.
    public var port: Int
    /// Connections at once, all clients together.
    public var maximumConnections: Int
    /// How many of them only programs on the box itself may use, so that nobody on the network can lock the owner out.
    public var connectionsReservedForLoopback = 16
    /// Connections at once from one address of the network. One more closes the longest idle of that address.
    public var maximumConnectionsPerAddress = 64
    /// A connection without a request is closed after this long.
    public var idleTimeout: Duration
    /// From the first byte of a request to the last byte of its body, however the bytes are dripped.
    public var requestDeadline = Duration.seconds(30)
    /// A client that takes no byte of what is waiting for it is cut off after this long.
    public var writeStall = Duration.seconds(10)
    /// Live pictures and event streams at once, all cameras together.
    public var maximumViewers: Int
    /// WebSocket subscribers at once, all cameras together.
    public var maximumSubscribers = 128
    /// A WebSocket client that is silent for so long is asked whether it is there, and closed when it says nothing for as
    /// long again.
    public var socketPatience = Duration.seconds(20)
    /// Different live pictures (camera, stream, quality) encoded at once.
    public var maximumLiveEncodings = 8
    /// Single pictures being made at once.
    public var maximumSnapshots = 4
    /// How long a snapshot waits for the next frame; ten times as long while the camera runs.
    public var snapshotTimeout = Duration.seconds(2)
    /// Time between two comments that keep an event stream alive.
    public var heartbeat = Duration.seconds(5)
    /// How long answers under way may take when the daemon ends; live streams end at once.
    public var shutdownGrace = Duration.seconds(1)
    /// Largest request body in bytes.
    public var maximumBodyBytes = 1_000_000
    /// Web origins (`https://panel.example`) whose pages may read the API; `*` lets every page read, none write.
    public var allowedOrigins: [String]
    /// Web origins whose pages may read and change everything, as browsers write them.
    public var trustedOrigins: [String]
    /// Host names the box answers to besides addresses, one-word names and names of local networks.
    public var allowedHosts: [String]

    /// How the hub's list of streams is written when the client does not say.
    public var hubStreams: HubStreams

    public enum HubStreams: String, Sendable, Hashable, CaseIterable {
        /// `[{"name": "CAM_A", "active": true}]`
        case array
        /// `{"CAM_A": {"active": true}}`
        case object
    }

    /// Reads the `http` section of the settings.
    public init(_ section: SettingsSection) throws(SettingsError) {
        host = try section.text("host", default: "0.0.0.0", maximumLength: 255)
        port = try section.integer("port", default: 8080, in: 0...65535)
        idleTimeout = .seconds(try section.integer("idle_timeout_s", default: 30, in: 1...3600))
        maximumConnections = try section.integer("maximum_connections", default: 256, in: 8...4096)
        maximumViewers = try section.integer("maximum_viewers", default: 32, in: 1...512)
        allowedOrigins = try section.texts("allowed_origins")
        trustedOrigins = try Self.origins("trusted_origins", in: section)
        allowedHosts = try section.texts("allowed_hosts")
        hubStreams = try section.choice("hub_streams", default: .array)
        try section.finish()
    }

    private static func origins(_ key: String, in section: SettingsSection) throws(SettingsError) -> [String] {
        var origins: [String] = []
        for (index, text) in try section.texts(key).enumerated() {
            guard let origin = WebOrigin.normalized(text) else {
                throw section.refusal(
                    key, item: index,
                    "must be one origin in full, scheme://host[:port] without a path or a star, such as https://studio.example:8443"
                )
            }
            origins.append(origin)
        }
        return origins
    }

    /// The server beside this one for programs that expect CodeProject.AI on a port of its own.
    /// - Parameter port: of the `codeproject` section; beside a server on any free port, it takes any free port, too.
    public func codeProject(port: Int) -> HTTPServerSettings {
        var settings = self
        (settings.offer, settings.section) = (.codeProject, "codeproject")
        settings.port = self.port == 0 ? 0 : port
        // Programs ask from one address, with a connection for each camera.
        settings.maximumConnectionsPerAddress = maximumConnections
        return settings
    }
}

extension Duration {
    /// Whole nanoseconds; durations of the settings are seconds, far from the limits of `Int64`.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
