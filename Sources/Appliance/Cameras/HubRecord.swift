// SPDX-License-Identifier: Apache-2.0
/// What clients of the hub chose for one camera, as it is kept over restarts.
package struct HubRecord: Codable, Hashable {
    /// A network attached to a place.
    package struct Network: Codable, Hashable {
        /// SHA-256 of the model, which is its file's name.
        package var digest: String
        /// The client's description, as it came.
        package var configuration: String

        package init(digest: String, configuration: String) {
            self.digest = digest
            self.configuration = configuration
        }
    }

    /// Places by name whose choice differs from a fresh camera's.
    package var active: [String: Bool] = [:]
    /// By place.
    package var networks: [String: Network] = [:]

    package init() {}
}
