// SPDX-License-Identifier: Apache-2.0

/// The status of one publisher; the same for all, whatever they speak.
public struct PublisherStatus: Sendable, Codable, Hashable {
    public enum State: String, Sendable, Codable {
        /// Not open yet.
        case starting
        case running
        /// What it needs is gone; depthd tries again.
        case failed
        /// It has nothing left to publish, or the daemon ends.
        case ended
    }

    /// The publisher's section of the settings.
    public var name: String
    public var state: State
    /// Why it is in that state; empty while running.
    public var why: String
    /// The port it listens on; nil for one that listens on none, and while it is closed.
    public var port: Int?
    /// How many receive its results; nil for one that cannot know.
    public var subscriptions: Int?
    /// Counters by name, such as `sent`.
    public var counters: [String: Int]

    public init(
        name: String, state: State, why: String = "", port: Int? = nil, subscriptions: Int? = nil, counters: [String: Int] = [:]
    ) {
        self.name = name
        self.state = state
        self.why = why
        self.port = port
        self.subscriptions = subscriptions
        self.counters = counters
    }
}
