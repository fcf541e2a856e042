// SPDX-License-Identifier: Apache-2.0

/// What the UDP server counts.
public struct UDPStatus: Sendable, Codable, Hashable {
    public var port: Int
    public var subscriptions: Int
    /// Counters by name: `sent`, `dropped_before_send`, `reported_lost`, `malformed`, `refused_…`.
    public var counters: [String: Int]

    public init(port: Int, subscriptions: Int, counters: [String: Int]) {
        self.port = port
        self.subscriptions = subscriptions
        self.counters = counters
    }
}
