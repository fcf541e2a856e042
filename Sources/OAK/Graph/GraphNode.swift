// SPDX-License-Identifier: Apache-2.0
public import XLink

/// A kind of node of a device's graph, with its settings.
public protocol GraphNode: Sendable {
    associatedtype Input: GraphPort
    associatedtype Output: GraphPort & CaseIterable

    /// The firmware's name of the kind.
    static var kind: String { get }
    /// All inputs, linked or not.
    func inputs(_ layout: GraphLayout) -> [GraphInput]
    /// The settings in the firmware's order.
    func properties(_ layout: GraphLayout) -> NOPValue
    /// Files that the node works with.
    var assets: [GraphAsset] { get }
}

extension GraphNode {
    public var assets: [GraphAsset] { [] }
}

/// An input or output; its raw value is the firmware's name of it.
public protocol GraphPort: RawRepresentable, Sendable, Hashable where RawValue == String {}

/// For nodes without inputs, or without outputs.
public enum NoPort: GraphPort, CaseIterable {
    public init?(rawValue: String) { nil }
    public var rawValue: String { switch self {} }
}

/// An input and its queue.
public struct GraphInput: Sendable, Hashable {
    public let name: String
    public let group: String
    /// Whether a full queue makes the sender wait, instead of dropping its oldest message.
    public let isBlocking: Bool
    public let queueSize: Int
    /// Whether the node waits for a message on this input before it goes on.
    public let waitsForMessage: Bool

    public init(_ name: String, group: String = "", isBlocking: Bool, queueSize: Int, waitsForMessage: Bool) {
        self.name = name
        self.group = group
        self.isBlocking = isBlocking
        self.queueSize = queueSize
        self.waitsForMessage = waitsForMessage
    }

    /// The same where the newest message takes the place of one that waits, and nobody waits for the node.
    var latest: GraphInput {
        GraphInput(name, group: group, isBlocking: false, queueSize: 1, waitsForMessage: waitsForMessage)
    }

    /// Such as most nodes have for changes of their settings.
    static func settings(_ name: String, isBlocking: Bool = false, queueSize: Int = 4) -> GraphInput {
        GraphInput(name, isBlocking: isBlocking, queueSize: queueSize, waitsForMessage: false)
    }
}

/// A file that goes to the device along with the graph.
public struct GraphAsset: Sendable, Hashable {
    public let name: String
    public let bytes: [UInt8]
    /// A power of two.
    public let alignment: Int

    public init(_ name: String, bytes: [UInt8], alignment: Int) {
        self.name = name
        self.bytes = bytes
        self.alignment = alignment
    }
}
