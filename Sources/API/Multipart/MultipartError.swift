// SPDX-License-Identifier: Apache-2.0

/// Why a multipart body was refused.
package enum MultipartError: Error, Hashable, CustomStringConvertible {
    /// The `Content-Type` names no usable boundary.
    case boundary(String)
    /// The bytes are no multipart body.
    case malformed(String)
    /// The body ended before its closing boundary.
    case truncated
    /// Something is larger, or more, than the limit.
    case tooLarge(what: String, limit: Int)

    package var description: String {
        switch self {
        case .boundary(let problem): "the Content-Type's boundary \(problem)"
        case .malformed(let problem): "the multipart body is malformed: \(problem)"
        case .truncated: "the multipart body ends before its closing boundary"
        case .tooLarge(let what, let limit): "\(what): \(limit) at most"
        }
    }
}
