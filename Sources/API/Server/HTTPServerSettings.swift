// SPDX-License-Identifier: Apache-2.0

/// How the HTTP server listens and how much it lets its clients take.
public struct HTTPServerSettings: Sendable, Hashable {
    /// What a server serves.
    public enum Offer: Sendable, Hashable {
        /// Dashboard, native API and `/v1/…`.
        case everything
        /// `/v1/…` with the explorer page, for programs that expect CodeProject.AI there.
        case codeProject
    }

    public var offer: Offer
    /// The section of the settings that messages name.
    public var section: String
    /// Address or host name to listen on; `0.0.0.0` is every IPv4 address of the box.
    public var host: String
    /// 1...65535, or 0 for any free port.
    public var port: Int
    /// Connections at once, all clients together.
    public var maximumConnections: Int
    /// How many of them only programs on the box itself may use, so that nobody on the network can lock the owner out.
    public var connectionsReservedForLoopback: Int
    /// Connections at once from one address of the network. One more closes the longest idle of that address.
    public var maximumConnectionsPerAddress: Int
    /// A connection without a request is closed after this long.
    public var idleTimeout: Duration
    /// From the first byte of a request to the last byte of its body, however the bytes are dripped.
    public var requestDeadline: Duration
    /// A client that takes no byte of what is waiting for it is cut off after this long.
    public var writeStall: Duration
    /// Live pictures and event streams at once, all cameras together.
    public var maximumViewers: Int
    /// WebSocket subscribers at once, all cameras together.
    public var maximumSubscribers: Int
    /// A WebSocket client that is silent for so long is asked whether it is there, and closed when it says nothing for as
    /// long again.
    public var socketPatience: Duration
    /// Different live pictures (camera, stream, quality) encoded at once.
    public var maximumLiveEncodings: Int
    /// Single pictures being made at once.
    public var maximumSnapshots: Int
    /// How long a snapshot waits for the next frame; ten times as long while the camera runs.
    public var snapshotTimeout: Duration
    /// Time between two comments that keep an event stream alive.
    public var heartbeat: Duration
    /// How long answers under way may take when the daemon ends; live streams end at once.
    public var shutdownGrace: Duration
    /// Largest request body in bytes.
    public var maximumBodyBytes: Int
    /// Web origins (`https://panel.example`) whose pages may read the API; `*` lets every page read, none write.
    public var allowedOrigins: [String]
    /// Host names the box answers to besides addresses, one-word names and names of local networks.
    public var allowedHosts: [String]

    /// How the hub's list of streams is written when the client does not say.
    public var hubStreams: HubStreams

    public enum HubStreams: String, Sendable, Hashable {
        /// `[{"name": "CAM_A", "active": true}]`
        case array
        /// `{"CAM_A": {"active": true}}`
        case object
    }

    public init(
        offer: Offer = .everything, section: String = "http", host: String = "0.0.0.0", port: Int = 8080,
        maximumConnections: Int = 256, connectionsReservedForLoopback: Int = 16,
        maximumConnectionsPerAddress: Int = 64, idleTimeout: Duration = .seconds(30), requestDeadline: Duration = .seconds(30),
        writeStall: Duration = .seconds(10), maximumViewers: Int = 32, maximumSubscribers: Int = 128,
        socketPatience: Duration = .seconds(20), maximumLiveEncodings: Int = 8, maximumSnapshots: Int = 4,
        snapshotTimeout: Duration = .seconds(2), heartbeat: Duration = .seconds(5), shutdownGrace: Duration = .seconds(1),
        maximumBodyBytes: Int = 1_000_000, allowedOrigins: [String] = [], allowedHosts: [String] = [],
        hubStreams: HubStreams = .array
    ) {
        self.hubStreams = hubStreams
        self.offer = offer
        self.section = section
        self.host = host
        self.port = port
        self.maximumConnections = maximumConnections
        self.connectionsReservedForLoopback = connectionsReservedForLoopback
        self.maximumConnectionsPerAddress = maximumConnectionsPerAddress
        self.idleTimeout = idleTimeout
        self.requestDeadline = requestDeadline
        self.writeStall = writeStall
        self.maximumViewers = maximumViewers
        self.maximumSubscribers = maximumSubscribers
        self.socketPatience = socketPatience
        self.maximumLiveEncodings = maximumLiveEncodings
        self.maximumSnapshots = maximumSnapshots
        self.snapshotTimeout = snapshotTimeout
        self.heartbeat = heartbeat
        self.shutdownGrace = shutdownGrace
        self.maximumBodyBytes = maximumBodyBytes
        self.allowedOrigins = allowedOrigins
        self.allowedHosts = allowedHosts
    }
}

extension Duration {
    /// Whole nanoseconds; durations of the settings are seconds, far from the limits of `Int64`.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
