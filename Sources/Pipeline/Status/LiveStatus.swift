// SPDX-License-Identifier: Apache-2.0

/// What the HTTP server sends live: pictures, events, video, and the hub's WebSockets.
public struct LiveStatus: Sendable, Codable, Hashable {
    /// Clients connected now.
    public var subscribers: Int
    /// Different streams and forms of them being made now; clients of the same one share it.
    public var broadcasts: Int
    /// Counters by name: `encoded`, `encode_failed`.
    public var counters: [String: Int]

    public init(subscribers: Int, broadcasts: Int, counters: [String: Int]) {
        self.subscribers = subscribers
        self.broadcasts = broadcasts
        self.counters = counters
    }
}
