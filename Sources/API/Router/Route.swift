// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird

/// A method, a path such as `/api/v1/cameras/{id}`, and who answers.
struct Route: Sendable {
    var method: HTTPRequest.Method
    var path: String
    /// Whether the answer never ends; such a route has no HEAD.
    var endless: Bool
    var answer: @Sendable (RouteRequest) async throws -> Response

    static func get(_ path: String, endless: Bool = false, _ answer: @escaping @Sendable (RouteRequest) async throws -> Response)
        -> Route
    {
        Route(method: .get, path: path, endless: endless, answer: answer)
    }

    static func put(_ path: String, _ answer: @escaping @Sendable (RouteRequest) async throws -> Response) -> Route {
        Route(method: .put, path: path, endless: false, answer: answer)
    }

    /// The methods a client may use on it.
    var methods: [HTTPRequest.Method] { method == .get && !endless ? [.get, .head] : [method] }

    /// What stands in the places of the path, or nil when `segments` is another path.
    func match(_ segments: [String]) -> [String: String]? { Route.match(path, segments) }

    /// What stands in the places of a path such as `/api/v1/cameras/{id}`, or nil when `segments` is another path.
    static func match(_ path: String, _ segments: [String]) -> [String: String]? {
        let pattern = path.split(separator: "/")
        guard pattern.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (expected, segment) in zip(pattern, segments) {
            if expected.hasPrefix("{"), expected.hasSuffix("}") {
                parameters[String(expected.dropFirst().dropLast())] = segment
            } else if expected != segment {
                return nil
            }
        }
        return parameters
    }
}
