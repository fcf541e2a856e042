// SPDX-License-Identifier: Apache-2.0
public import XLink

/// Sends messages of the same moment as one group (`DeviceMessageGroup`).
public struct Sync: GraphNode {
    /// One of the node's inputs by its name.
    public struct Input: GraphPort, ExpressibleByStringLiteral {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }
    }
    public enum Output: String, GraphPort, CaseIterable { case out }
    public static let kind = "Sync"

    public var names: [String]
    /// How far apart the messages of a group may be.
    public var toleranceNanoseconds: UInt64
    /// Groups given up before one is sent as it is; nil for all.
    public var attempts: Int?

    public init(_ names: [String], toleranceNanoseconds: UInt64 = 10_000_000, attempts: Int? = nil) {
        self.names = names
        self.toleranceNanoseconds = toleranceNanoseconds
        self.attempts = attempts
    }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        names.map { GraphInput($0, group: "inputs", isBlocking: true, queueSize: 8, waitsForMessage: false) }
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let known: [NOPValue] = [.unsigned(toleranceNanoseconds), .signed(attempts ?? -1)]
        // The processor that runs the node: the one that has no other work, as the vendor's library chooses.
        let processor: NOPValue = .signed(0)
        return switch layout {
        case .release2_30: .structure(known)
        case .release2_33: .structure(known + [processor])
        }
    }
}
