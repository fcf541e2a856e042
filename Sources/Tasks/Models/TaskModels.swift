// SPDX-License-Identifier: Apache-2.0
public import Inference

/// A loaded model and who it is.
public struct TaskModel: Sendable {
    /// Changes when the model does: vectors of one embedding model mean nothing to another.
    public var identity: String
    public var network: Network

    public init(identity: String, network: Network) {
        self.identity = identity
        self.network = network
    }
}

/// Where jobs get their networks from. Loaded models stay loaded.
public protocol TaskModels: Sendable {
    /// Whether a model is bound to the role. Takes microseconds and touches no file.
    func isInstalled(_ role: ModelRole) -> Bool
    /// The role's model, loaded on first use; blocks meanwhile.
    /// - Throws: `notInstalled` when none is bound, `network` when it does not load.
    func model(_ role: ModelRole) throws(TaskError) -> TaskModel
    /// The names `vision/custom/{model}` knows, sorted.
    var customNames: [String] { get }
    /// The custom detector of that name.
    func custom(_ name: String) throws(TaskError) -> TaskModel
}

extension TaskModels {
    /// The first of `roles` that has no model, as an error.
    func obstacle(_ roles: ModelRole...) -> TaskError? {
        roles.first { !isInstalled($0) }.map { .notInstalled($0) }
    }
}
