// SPDX-License-Identifier: Apache-2.0

/// Why a pipeline is refused, in words for the person who asked for it.
public struct PipelineRefusal: Error, CustomStringConvertible, Hashable {
    /// The key, port or stream at fault, such as `depth.padding_factor` or `stereo.left`.
    public var field: String
    /// What is wrong and what would be right.
    public var problem: String

    public init(field: String, problem: String) {
        self.field = field
        self.problem = problem
    }

    public var description: String { "\(field): \(problem)" }
}
