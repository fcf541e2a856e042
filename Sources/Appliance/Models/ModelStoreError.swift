// SPDX-License-Identifier: Apache-2.0

/// Why the model store did not do what was asked, in words for the owner.
public enum ModelStoreError: Error, Hashable, CustomStringConvertible {
    /// The file system said no.
    case files(String)
    /// There is no model of that name.
    case unknown(name: String, known: [String])
    /// The name cannot be one.
    case name(String)
    /// The file is not a model, or not the one that was meant.
    case notAModel(String)
    /// The role is missing or unknown.
    case role(String)
    /// There is something else in the way.
    case taken(String)

    public var description: String {
        switch self {
        case .files(let problem), .notAModel(let problem), .role(let problem), .taken(let problem): problem
        case .unknown(let name, let known):
            "there is no model \"\(name.prefix(64))\"; installed are: \(known.isEmpty ? "none" : known.joined(separator: ", "))"
        case .name(let name):
            "\"\(name.prefix(64))\" is no name for a model; use 1 to 64 of a–z, A–Z, 0–9, point, hyphen and underscore"
        }
    }
}
