// SPDX-License-Identifier: Apache-2.0

/// Why a picture was refused.
public enum CodecError: Error, Hashable, CustomStringConvertible {
    /// The bytes are none of the pictures depthd reads.
    case unknownKind
    /// More than `ImageLimits` allows: `what` names the figure, e.g. `pixels`.
    case tooLarge(what: String, value: Int, limit: Int)
    /// A kind of picture that is refused on purpose.
    case unsupported(String)
    /// The bytes end before the picture does.
    case truncated(String)
    /// The bytes contradict themselves.
    case damaged(String)
    /// Every buffer of the pool is in use.
    case noFreeBuffer
    /// The picture could not be written.
    case encodingFailed(String)

    public var description: String {
        switch self {
        case .unknownKind: "not a picture: send JPEG, PNG, WebP, GIF, BMP, PGM (P5) or PPM (P6)"
        case .tooLarge(let what, let value, let limit): "picture too large: \(what) \(value), at most \(limit)"
        case .unsupported(let what): "unsupported picture: \(what)"
        case .truncated(let place): "truncated picture: it ends inside \(place)"
        case .damaged(let reason): "damaged picture: \(reason)"
        case .noFreeBuffer: "no free frame buffer: the readers keep too many frames"
        case .encodingFailed(let reason): "picture could not be encoded: \(reason)"
        }
    }
}
