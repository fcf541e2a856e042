// SPDX-License-Identifier: Apache-2.0
import Foundation
import OAK

/// What `depthd firmware import` is given.
public enum FirmwareInput {
    /// Reads a file, or standard input for `-`.
    /// - Returns: the bytes, at most one more than a wheel may have from standard input, and what messages call them.
    public static func read(_ path: String) throws(BoundedFile.Failure) -> (bytes: [UInt8], name: String) {
        guard path == "-" else {
            return (try BoundedFile.read(path, maximum: FirmwareFinder.maximumBytes, what: "file"), "'\(path)'")
        }
        return (standardInput(), "standard input")
    }

    private static func standardInput() -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= FirmwareFinder.maximumBytes {
            let rest = min(1 << 20, FirmwareFinder.maximumBytes + 1 - bytes.count)
            guard let piece = try? FileHandle.standardInput.read(upToCount: rest), !piece.isEmpty else { break }
            bytes += piece
        }
        return bytes
    }
}
