// SPDX-License-Identifier: Apache-2.0
package import Core

/// What a camera said last about itself, as long as that is news: a camera tells once a second.
package struct RecentHealth: Sendable {
    private static let limit: Int64 = 5_000_000_000

    private var newest: (health: DeviceHealth, time: Timestamp)?

    package init() {}

    package mutating func note(_ health: DeviceHealth, at now: Timestamp) { newest = (health, now) }

    /// nil when nothing came in the last 5 s.
    package func value(at now: Timestamp) -> DeviceHealth? {
        newest.flatMap { now.nanoseconds(since: $0.time) <= Self.limit ? $0.health : nil }
    }
}
