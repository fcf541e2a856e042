// SPDX-License-Identifier: Apache-2.0

/// What the servers may ask of the networks that clients attach to a camera's pictures while it runs.
///
/// A place is active or not: an inactive one keeps its network, which rests. Nothing done to one place disturbs another,
/// but for distances: detections have them while the disparity picture is active.
public protocol NetworkDeployment: Sendable {
    func isActive(_ tap: NetworkTap) -> Bool
    /// Wakes or rests places, for good: the choice outlives the daemon.
    func setActive(_ choice: [NetworkTap: Bool]) async throws(NetworkRefusal)
    /// What the client said about the network attached to a place; nil when there is none.
    func configuration(at tap: NetworkTap) -> String?
    /// Attaches a network in the place of the one before, when it has been read, loaded and run. Returns when its first
    /// result is there; the choice outlives the daemon. When it throws, the network before is at work as it was.
    /// - Parameters:
    ///   - model: a MyriadX blob or an ONNX file; the content tells.
    ///   - configuration: JSON text of the hub's NNConfig.
    func deploy(model: [UInt8], configuration: String, at tap: NetworkTap) async throws(NetworkRefusal)
    /// Removes the network of a tap, if there is one.
    func remove(at tap: NetworkTap) async throws(NetworkRefusal)
    /// Where the results of the network at a place are published (`metaout`).
    func results(at tap: NetworkTap) -> StreamHub
    /// A subscription to what is to be seen at a place: the pictures the network saw, or without one the camera's. Where
    /// the camera's `video` shows the same as H.264 it is that, so that there is one encoder. It ends when any of that
    /// changes; subscribe again.
    func pictures(at tap: NetworkTap) -> Subscription
}

/// Why a network cannot be attached.
public struct NetworkRefusal: Error, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The description of the network cannot be used.
        case configuration
        /// The model cannot be used.
        case model
        /// The box cannot do it now.
        case unavailable
    }

    public var kind: Kind
    /// The configuration key at fault, such as `nn_config.anchors`; empty when no key is.
    public var field: String
    /// What is wrong and what would be right.
    public var problem: String

    public init(_ kind: Kind, field: String = "", problem: String) {
        self.kind = kind
        self.field = field
        self.problem = problem
    }

    public var description: String { field.isEmpty ? problem : "\(field): \(problem)" }
}
