// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not a blob this parser can read.
public struct BlobFormatError: Error, CustomStringConvertible, Hashable {
    /// Byte of the file at which reading stopped.
    public let offset: Int
    /// What is wrong there.
    public let reason: String

    public var description: String { "byte \(offset): \(reason)" }
}
