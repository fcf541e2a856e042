// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads whole files of bounded size, with errors that say what to do.
public enum BoundedFile {
    /// Why a file could not be read.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Parameters:
    ///   - maximum: a larger file is refused before it is read.
    ///   - what: what messages call the file.
    static func read(_ path: String, maximum: Int, what: String) throws(Failure) -> [UInt8] {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let attributes, let size = attributes[.size] as? Int else {
            throw Failure(description: "\(what) '\(path)' does not exist or may not be read; check the path and its permissions")
        }
        guard attributes[.type] as? FileAttributeType != .typeDirectory else {
            throw Failure(description: "\(what) '\(path)' is a folder; name a file in it")
        }
        guard size <= maximum else {
            throw Failure(description: "\(what) '\(path)' has \(size) bytes, more than the \(maximum) that make sense")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "\(what) '\(path)' may not be read; check its permissions")
        }
        return Array(data)
    }
}
