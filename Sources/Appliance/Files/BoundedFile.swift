// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads whole files of bounded size, with errors that say what to do.
public enum BoundedFile {
    /// Why a file could not be read.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        /// The same without the path, about "it".
        let reason: String
        let kind: Kind

        enum Kind {
            case missing
            /// This process has no descriptor or memory left: the file may be as good as ever.
            case busy
            case unusable
        }

        /// - Parameter remedy: stands in the description only.
        fileprivate init(_ what: String, _ path: String, _ reason: String, remedy: String, kind: Kind = .unusable) {
            description = "\(what) '\(path)' \(reason); \(remedy)"
            self.reason = "it \(reason)"
            self.kind = kind
        }
    }

    /// - Parameters:
    ///   - maximum: a larger file is refused before it is read.
    ///   - what: what messages call the file.
    static func read(_ path: String, maximum: Int, what: String) throws(Failure) -> [UInt8] {
        // Without O_NONBLOCK a pipe in the file's place would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unopened(what, path, errno) }
        defer { close(descriptor) }
        var first: UInt8 = 0
        guard pread(descriptor, &first, 1, 0) >= 0 else { throw unreadable(what, path, errno) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size <= maximum else {
            throw Failure(
                what, path, "has \(size) bytes, more than the \(maximum) that make sense", remedy: "name another file")
        }
        guard lseek(descriptor, 0, SEEK_SET) == 0, let bytes = content(descriptor, most: max(0, Int(size))) else {
            throw unreadable(what, path, errno)
        }
        return bytes
    }

    /// The first `most` bytes, or fewer where the file ends before; nil where it cannot be read.
    private static func content(_ descriptor: Int32, most: Int) -> [UInt8]? {
        var isRead = true
        let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, length in
            while length < most {
                let count = Foundation.read(descriptor, buffer.baseAddress.map { $0 + length }, most - length)
                if count < 0, errno == EINTR { continue }
                isRead = count >= 0
                guard count > 0 else { return }
                length += count
            }
        }
        return isRead ? bytes : nil
    }

    private static func unopened(_ what: String, _ path: String, _ code: Int32) -> Failure {
        switch code {
        case ENOENT, ENOTDIR:
            Failure(what, path, "does not exist", remedy: "check the path", kind: .missing)
        case EMFILE, ENFILE, ENOMEM:
            Failure(what, path, "cannot be opened now", remedy: "too many files are open; try again", kind: .busy)
        default: unreadable(what, path, code)
        }
    }

    private static func unreadable(_ what: String, _ path: String, _ code: Int32) -> Failure {
        switch code {
        case EISDIR: Failure(what, path, "is a folder", remedy: "name a file in it")
        case ESPIPE: Failure(what, path, "is no regular file", remedy: "name one")
        default: Failure(what, path, "may not be read", remedy: "check its permissions and its disk")
        }
    }
}
