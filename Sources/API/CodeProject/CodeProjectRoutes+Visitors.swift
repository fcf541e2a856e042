// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird

/// Which web pages may ask. As with the original any page may by default, because the answers tell nothing about the box
/// but what the page itself has uploaded. What changes the box, or shows its cameras, is for its own pages.
extension CodeProjectRoutes {
    func preflight(_ call: RouteRequest) -> Response {
        var response = Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, POST, OPTIONS", .accessControlAllowHeaders: "*", .accessControlMaxAge: "86400",
            ])
        grant(call, &response)
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

    /// Whether a request may come from any page: a question about what it brings along.
    static func isOpen(_ request: Request, _ segments: [String]) -> Bool {
        let segments = segments.map { $0.lowercased() }
        let (first, last) = (segments.first ?? "", segments.last ?? "")
        guard request.method == .post else {
            return ["status", "server", "module", "model"].contains(first)
                && !["cameras", "system-status", "summary"].contains(last) || request.method == .options
        }
        guard ["vision", "image", "text", "sound"].contains(first) else { return false }
        return request.uri.queryParameters["camera"] == nil && !(segments.count > 2 && segments.starts(with: ["vision", "face"]))
    }
}
