// SPDX-License-Identifier: Apache-2.0
public import XLink

/// Sends what it gets to the host.
public struct XLinkOut: GraphNode {
    public enum Input: String, GraphPort { case input = "in" }
    public typealias Output = NoPort
    public static let kind = "XLinkOut"

    public var stream: String
    /// Whether only the newest message is kept for a host that is slow, instead of stalling the graph.
    public var latestOnly: Bool
    /// Messages per second; nil for all.
    public var maximumRate: Float?
    /// Whether the bytes of images are left out.
    public var metadataOnly: Bool

    public init(stream: String, latestOnly: Bool = true, maximumRate: Float? = nil, metadataOnly: Bool = false) {
        self.stream = stream
        self.latestOnly = latestOnly
        self.maximumRate = maximumRate
        self.metadataOnly = metadataOnly
    }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        [GraphInput("in", isBlocking: !latestOnly, queueSize: latestOnly ? 1 : 8, waitsForMessage: true)]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        .structure([.float(maximumRate ?? -1), .text(stream), .bool(metadataOnly)])
    }
}

/// Gives out what the host sends.
public struct XLinkIn: GraphNode {
    public typealias Input = NoPort
    public enum Output: String, GraphPort, CaseIterable { case out }
    public static let kind = "XLinkIn"

    /// What a message's metadata take at most, beyond its bytes.
    static let metadataBytes = 51_200

    public var stream: String
    /// Of a message's bytes.
    public var maximumBytes: UInt32
    /// Messages that the device keeps.
    public var frames: UInt32

    public init(stream: String, maximumBytes: UInt32 = 5 << 20, frames: UInt32 = 8) {
        self.stream = stream
        self.maximumBytes = maximumBytes
        self.frames = frames
    }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] { [] }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        .structure([.text(stream), .unsigned(UInt64(maximumBytes)), .unsigned(UInt64(frames))])
    }
}
