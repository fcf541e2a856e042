// SPDX-License-Identifier: Apache-2.0

/// Reads a secret from a file, so that it stands neither in the settings nor on a command line.
public enum SharedKeyFile {
    /// The bytes of the file without white space at its end; empty for an empty path.
    /// - Throws: an error in words for the owner; the secret is never part of it.
    public static func read(_ path: String) throws(BoundedFile.Failure) -> [UInt8] {
        guard !path.isEmpty else { return [] }
        var key = try BoundedFile.read(path, maximum: 4096, what: "key file")
        while let last = key.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) { key.removeLast() }
        return key
    }
}
