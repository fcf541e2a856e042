// SPDX-License-Identifier: Apache-2.0

/// Why a client does not get what it asks for.
package struct LinkRefusal: Error, Hashable, CustomStringConvertible {
    /// The key at fault, such as `ai.blob`.
    package var field: String
    /// What is wrong and what would be right.
    package var message: String

    package init(_ field: String, _ message: String) {
        (self.field, self.message) = (field, message)
    }

    package var description: String { "\(field): \(message)" }
}
