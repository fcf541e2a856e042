// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Why something could not be kept, in words for the owner. No path of the box is among them: clients read them.
public enum PersistenceFailure: Error, Hashable, CustomStringConvertible {
    /// The content would be larger than what is read back at the next start.
    case tooLarge(what: String, maximum: Int)
    /// No space is left, or a quota is used up.
    case full
    /// The file system is mounted read-only.
    case readOnly
    /// Anything else the file system says.
    case failed(reason: String)

    /// - Parameter code: an `errno`.
    public init(errno code: Int32) {
        switch code {
        case ENOSPC, EDQUOT, EFBIG: self = .full
        case EROFS: self = .readOnly
        default: self = .failed(reason: String(cString: strerror(code)))
        }
    }

    /// - Parameter error: of Foundation's.
    public init(_ error: any Error) {
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
        if let posix = [error, underlying].compactMap({ $0 }).first(where: { $0.domain == NSPOSIXErrorDomain }) {
            self.init(errno: Int32(posix.code))
            return
        }
        switch CocoaError.Code(rawValue: error.code) {
        case .fileWriteOutOfSpace: self = .full
        case .fileWriteVolumeReadOnly: self = .readOnly
        default: self = .failed(reason: "file error \(error.code)")
        }
    }

    public var description: String {
        switch self {
        case .tooLarge(let what, let maximum): "\(what) has room for \(maximum) bytes; remove something first"
        case .full: "the disk of the state directory is full; remove models or recordings, or use a larger disk or card"
        case .readOnly:
            "the state directory is read-only; mount it for writing, and replace the card or disk if it failed by itself"
        case .failed(let reason):
            "the state directory cannot be written (\(reason)); check state.directory, its permissions and its disk"
        }
    }
}
