// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import Tasks

/// Which web pages may ask. As with the original any page may by default, because the answers tell nothing about the box
/// but what the page itself has uploaded. What changes the box, or shows its cameras, is for its own pages.
extension CodeProjectRoutes {
    func preflight(_ call: RouteRequest, _ visitors: OriginPolicy) -> Response {
        var response = Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, POST, OPTIONS", .accessControlAllowHeaders: "*", .accessControlMaxAge: "86400",
            ])
        grant(call, &response)
        visitors.permit([.get, .post, .options], call.request, &response)
        return response
    }

    func grant(_ call: RouteRequest, _ response: inout Response) {
        if parts.allowedOrigins.contains("*") {
            response.headers[.accessControlAllowOrigin] = "*"
        } else if let origin = call.request.headers[.origin], parts.allowedOrigins.contains(origin) {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.vary] = "Origin"
        }
    }

    /// A request by a page, perhaps a foreign one.
    struct Visit {
        private let request: Request
        private let visitors: OriginPolicy
        /// Whether any page may read the answer.
        private(set) var isOpen: Bool

        /// - Throws: for a page that may not ask this, as far as the head of the request tells.
        init(_ request: Request, _ segments: [String], _ visitors: OriginPolicy) throws {
            (self.request, self.visitors) = (request, visitors)
            isOpen = Self.isOpen(request, segments) && request.uri.queryParameters["camera"] == nil
            if !isOpen { try visitors.check(request) }
        }

        /// The same of the whole request: the question is about a camera wherever the request names it.
        mutating func read(_ values: TaskValues) throws {
            guard isOpen, values.text("camera") != nil else { return }
            isOpen = false
            try visitors.check(request)
        }

        /// Whether the route may be asked by any page: about what the request brings along.
        private static func isOpen(_ request: Request, _ segments: [String]) -> Bool {
            let segments = segments.map { $0.lowercased() }
            let (first, last) = (segments.first ?? "", segments.last ?? "")
            guard request.method == .post else {
                return ["status", "server", "module", "model"].contains(first)
                    && !["cameras", "system-status", "summary"].contains(last)
            }
            guard ["vision", "image", "text", "sound"].contains(first) else { return false }
            return !(segments.count > 2 && segments.starts(with: ["vision", "face"]))
        }
    }
}
