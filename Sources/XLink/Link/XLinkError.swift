// SPDX-License-Identifier: Apache-2.0

/// Why this end cannot do what its user asked for.
public enum XLinkError: Error, Sendable, Hashable {
    /// The link is over; the sentence says why.
    case ended(String)
    case notConnected
    case invalidName(String)
    case alreadyOpen(String)
    case tooManyStreams
    case notOpen(String)
    case packetTooLarge(stream: String, bytes: Int, limit: Int)
    /// The limit for this has passed.
    case timedOut(String)
}

extension XLinkError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .ended(let sentence): sentence
        case .notConnected: "The link is not connected yet; start it first"
        case .invalidName(let name): "'\(name)' cannot name a stream; use 1 to 51 characters without control characters"
        case .alreadyOpen(let name): "Stream '\(name)' is open already; write to it or close it first"
        case .tooManyStreams: "A link has at most \(XLinkEndpoint.streamLimit) streams; close one first"
        case .notOpen(let name): "Stream '\(name)' is not open"
        case .packetTooLarge(let stream, let bytes, let limit):
            "A packet of \(bytes) bytes does not fit stream '\(stream)', which was opened for \(limit); send smaller packets"
        case .timedOut(let what): "Timed out: \(what)"
        }
    }
}
