// SPDX-License-Identifier: Apache-2.0

/// Why a job gave no result. The description stands in the answer's `error`.
public enum TaskError: Error, Hashable, CustomStringConvertible {
    /// The request's route belongs to no job.
    case unknownRoute(String)
    /// A value is missing or not what its name needs.
    case value(name: String, reason: String)
    /// The request has fewer files than the job needs.
    case missingFile(String)
    /// The uploaded picture or sound cannot be read.
    case unreadable(String)
    /// No model is bound to the role, or what is bound does not work.
    case notInstalled(what: String, remedy: String)
    /// A network failed, or is not made like its role needs.
    case network(String)
    /// The register of faces could not be read or written.
    case store(String)
    /// The job looked and has to say no, in words clients know.
    case refused(String)
    /// The answer was due before it was there.
    case timedOut(id: String)
    /// The scheduler has as much work as it takes.
    case full(queue: String)
    /// The scheduler is closing.
    case closing

    public var description: String {
        switch self {
        case .unknownRoute(let route): "no module answers \(route)"
        case .value(let name, let reason): "\(name) \(reason)"
        case .missingFile(let what): "\(what) was sent: post it as a file of a multipart form"
        case .unreadable(let reason): reason
        case .notInstalled(let what, let remedy): "\(what) is not installed: \(remedy)"
        case .network(let reason): reason
        case .store(let reason): "the face database failed: \(reason)"
        case .refused(let text): text
        case .timedOut(let id): "The request timed out (#reqid \(id))"
        case .full(let queue): "Request queue '\(queue)' is full; try again in a moment"
        case .closing: "the server is shutting down"
        }
    }

    /// The answer's `code`, in HTTP's numbers. The HTTP status itself stays 200, as with the original.
    public var code: Int {
        switch self {
        case .full: 429
        case .closing: 503
        case .unknownRoute: 404
        default: 500
        }
    }
}
