// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A path such as `/api/v1/cameras/{id}`, where what stands in braces is a parameter.
struct RoutePattern: Sendable {
    let path: String
    private let parts: [Part]
    private let ignoresCase: Bool

    private enum Part {
        case word(String)
        case parameter(String)
    }

    /// - Parameter ignoringCase: whether upper and lower case are the same in the words of the path.
    init(_ path: String, ignoringCase: Bool = false) {
        self.path = path
        ignoresCase = ignoringCase
        parts = path.split(separator: "/").map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .word(ignoringCase ? part.lowercased() : String(part)) }
            return .parameter(String(part.dropFirst().dropLast()))
        }
    }

    /// The parameters by name, or nil when `segments` is another path.
    func match(_ segments: [String]) -> [String: String]? {
        guard parts.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch part {
            case .parameter(let name): parameters[name] = segment
            case .word(let word): if word != (ignoresCase ? segment.lowercased() : segment) { return nil }
            }
        }
        return parameters
    }

    /// The segments of a request's path, percent-decoded; nil when an escape is broken. Slashes too many are forgiven.
    static func segments(of path: some StringProtocol) -> [String]? {
        var segments: [String] = []
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            guard let plain = String(part).removingPercentEncoding else { return nil }
            segments.append(plain)
        }
        return segments
    }
}
