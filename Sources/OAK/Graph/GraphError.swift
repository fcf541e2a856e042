// SPDX-License-Identifier: Apache-2.0

/// Why a graph cannot be sent.
public enum GraphError: Error, CustomStringConvertible, Hashable {
    /// A link leads to an input that the node does not have, in this release or at all.
    case unknownInput(node: String, input: String, layout: GraphLayout)
    /// Two nodes of a graph bear the same stream's name.
    case duplicateStream(String)
    /// A name that is the firmware's own, empty, or too long for the link.
    case badStreamName(String)

    public var description: String {
        switch self {
        case .unknownInput(let node, let input, let layout):
            "\(node) has no input \"\(input)\" in firmware \(layout.rawValue): link another one"
        case .duplicateStream(let name): "two streams are called \"\(name)\": give one of them another name"
        case .badStreamName(let name):
            "\"\(name)\" cannot name a stream: use 1 to 51 characters that do not begin with two underscores"
        }
    }
}
