// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird

/// A method, a path such as `/api/v1/cameras/{id}`, and who answers.
struct Route: Sendable {
    var method: HTTPRequest.Method
    var pattern: RoutePattern
    /// Whether the answer never ends; such a route has no HEAD.
    var endless: Bool
    var answer: @Sendable (RouteRequest) async throws -> Response

    static func get(_ path: String, endless: Bool = false, _ answer: @escaping @Sendable (RouteRequest) async throws -> Response)
        -> Route
    {
        Route(method: .get, pattern: RoutePattern(path), endless: endless, answer: answer)
    }

    static func put(_ path: String, _ answer: @escaping @Sendable (RouteRequest) async throws -> Response) -> Route {
        Route(method: .put, pattern: RoutePattern(path), endless: false, answer: answer)
    }

    static func post(_ path: String, _ answer: @escaping @Sendable (RouteRequest) async throws -> Response) -> Route {
        Route(method: .post, pattern: RoutePattern(path), endless: false, answer: answer)
    }

    static func delete(_ path: String, _ answer: @escaping @Sendable (RouteRequest) async throws -> Response) -> Route {
        Route(method: .delete, pattern: RoutePattern(path), endless: false, answer: answer)
    }

    /// The methods a client may use on it.
    var methods: [HTTPRequest.Method] { method == .get && !endless ? [.get, .head] : [method] }
}
