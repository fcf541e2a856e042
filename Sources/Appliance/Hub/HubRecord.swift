// SPDX-License-Identifier: Apache-2.0
import Pipeline

/// What clients of the hub chose for one camera, as it is kept over restarts.
struct HubRecord: Codable, Hashable {
    /// A network attached to a place.
    struct Network: Codable, Hashable {
        /// SHA-256 of the model, which is its file's name.
        var digest: String
        /// The client's description, as it came.
        var configuration: String
    }

    /// Places by name whose choice differs from a fresh camera's.
    var active: [String: Bool] = [:]
    /// By place.
    var networks: [String: Network] = [:]
}
