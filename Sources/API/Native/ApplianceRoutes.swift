// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline

extension RouteContext {
    /// The box as a whole.
    var boxRoutes: [Route] {
        [
            .get("/") { request in
                // Programs of the hub look here whether it is there; people come with a browser.
                let isBrowser = request.request.headers[.accept]?.contains("text/html") ?? false
                guard isBrowser else {
                    return JSONResponse.bytes(ByteBuffer(string: "Hello from Robopipe API!"), type: "text/plain; charset=utf-8")
                }
                return RouteContext.page(PackageResources.dashboard_html)
            },
            .get("/docs") { _ in RouteContext.page(PackageResources.docs_html) },
            .get("/explorer.html") { _ in RouteContext.page(PackageResources.explorer_html) },
            .get("/healthz") { _ in health() },
            .get("/openapi.json") { _ in RouteContext.description },
            .get("/api/v1/status") { _ in JSONResponse.json(appliance.status()) },
            .delete("/api/v1/welcome") { _ in
                appliance.dismissWelcome()
                return Response(status: .noContent)
            },
        ]
    }

    private static var description: Response {
        JSONResponse.bytes(ByteBuffer(bytes: PackageResources.openapi_json), type: "application/json")
    }

    /// The server for programs that expect CodeProject.AI.
    var explorerRoutes: [Route] {
        [
            .get("/") { _ in RouteContext.page(PackageResources.explorer_html) },
            .get("/explorer.html") { _ in RouteContext.page(PackageResources.explorer_html) },
            .get("/healthz") { _ in health() },
            .get("/openapi.json") { _ in RouteContext.description },
        ]
    }

    /// A page carries its own script and style and may load nothing from anywhere else.
    private static func page(_ html: [UInt8]) -> Response {
        var response = JSONResponse.bytes(ByteBuffer(bytes: html), type: "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; img-src 'self' data: blob:; media-src blob:; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
            + "base-uri 'none'; form-action 'none'"
        response.headers[.referrerPolicy] = "no-referrer"
        return response
    }

    /// For load balancers and supervisors: 503 while no camera delivers or is about to, else 200, `degraded` when not all
    /// is well.
    private func health() -> Response {
        let status = appliance.status()
        let delivers = status.cameras.contains { [.found, .starting, .running, .finished].contains($0.state) }
        guard !delivers else { return JSONResponse.json(Health(status: status.health, why: status.why)) }
        let reasons = status.cameras.map { "\($0.id): \($0.state.rawValue)" + ($0.why.isEmpty ? "" : ", \($0.why)") }
        return JSONResponse.json(
            Health(status: "unavailable", why: reasons.isEmpty ? ["no camera is configured"] : reasons),
            status: .serviceUnavailable)
    }

    private struct Health: Encodable {
        var status: String
        var why: [String]

        private enum Key: String, CodingKey { case status, why }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(status, forKey: .status)
            if !why.isEmpty { try container.encode(why, forKey: .why) }
        }
    }
}

extension HTTPField.Name {
    fileprivate static var referrerPolicy: HTTPField.Name { HTTPField.Name("Referrer-Policy")! }
}
