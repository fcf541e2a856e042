// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import Pipeline
import Tasks

/// One of the original's routes about the server itself. Upper and lower case are the same in its path.
struct ServerRoute: Sendable {
    typealias Handler = @Sendable (CodeProjectRoutes, RouteRequest) async throws -> Response

    var method: HTTPRequest.Method
    /// Below `/v1/`.
    var pattern: RoutePattern
    var answer: Handler

    static func get(_ path: String, _ answer: @escaping Handler) -> ServerRoute {
        ServerRoute(method: .get, pattern: RoutePattern(path, ignoringCase: true), answer: answer)
    }

    static func post(_ path: String, _ answer: @escaping Handler) -> ServerRoute {
        ServerRoute(method: .post, pattern: RoutePattern(path, ignoringCase: true), answer: answer)
    }
}

extension CodeProjectRoutes {
    /// Every route about the server.
    static let serverRoutes: [ServerRoute] = statusRoutes + moduleRoutes + settingsRoutes + logRoutes + meshRoutes

    /// The handler of a request about the server; nil for any other request.
    func serverRoute(_ method: HTTPRequest.Method, _ segments: [String]) -> ((RouteRequest) async throws -> Response)? {
        let method = method == .head ? .get : method
        for route in Self.serverRoutes where route.method == method {
            guard let parameters = route.pattern.match(segments) else { continue }
            return { request in
                var request = request
                request.parameters = parameters
                return try await route.answer(self, request)
            }
        }
        return nil
    }

    /// Method and path of every route, such as `POST /v1/vision/detection`.
    var routeNames: [String] {
        Self.serverRoutes.map { "\($0.method.rawValue) /v1/\($0.pattern.path)" }
            + parts.scheduler.table.routes.map { "POST /v1/\($0)" }
    }

    /// An answer with what every answer of the original's server has.
    func serverAnswer(_ fields: JSONObject) -> Response {
        var document = fields
        document.append(["success": .bool(true), "code": .int(200), "hostname": .string(hostName)])
        return json(document)
    }

    /// The original tells errors with HTTP 200, too.
    func serverRefusal(_ problem: String) -> Response {
        json(["success": .bool(false), "error": .string(problem), "code": .int(500), "hostname": .string(hostName)])
    }

    /// The answer to an owner's form: `answer` of its values, unless it cannot be read or its key is wrong.
    func answerForm(_ call: RouteRequest, _ answer: (TaskValues) -> Response) async throws -> Response {
        let values: TaskValues
        do {
            values = try await UploadForm.read(call.request, account: parts.uploads.open(for: call.clientAddress)).values
        } catch let refusal as UploadForm.Refusal {
            return serverRefusal(refusal.description)
        }
        return refusedKey(values.text(Self.keyName)) ?? answer(values)
    }

    private var hostName: String { appliance.status().host }
}
