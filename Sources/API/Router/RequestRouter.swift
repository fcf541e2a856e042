// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Finds the route for each request, and turns every refusal into its JSON.
struct RequestRouter: HTTPResponder {
    /// What Hummingbird tells about a request beyond itself.
    struct Context: InitializableFromSource {
        let channel: any Channel
        let logger: Logger

        init(source: ApplicationRequestContextSource) {
            channel = source.channel
            logger = source.logger
        }
    }

    let routes: [Route]
    let codeProject: CodeProjectGateway
    let visitors: OriginPolicy

    func respond(to request: Request, context: Context) async throws -> Response {
        var response: Response
        do {
            let call = RouteRequest(request: request, channel: context.channel)
            if let segments = CodeProjectRoutes.segments(in: request.uri.path), let codeProject = codeProject.routes {
                response = try await codeProject.answer(call, segments, visitors)
            } else {
                try visitors.check(request)
                response = try await answer(call)
            }
        } catch let refusal as HTTPError {
            response = HubProblem.speaks(at: request.uri.path) ? HubProblem(refusal).response : refusal.response
            for field in refusal.headers { response.headers[field.name] = field.value }
        } catch let error as HTTPParserError {
            throw error
        } catch is NIOTooManyBytesError {
            response =
                HTTPError(status: .contentTooLarge, code: "body_too_large", message: "the request body is too large").response
        } catch {
            context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            response =
                HTTPError(
                    status: .internalServerError, code: "internal",
                    message: "an internal error occurred; the daemon's log has the details"
                ).response
        }
        visitors.grant(request, &response)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ call: RouteRequest) async throws -> Response {
        var call = call
        guard let segments = RoutePattern.segments(of: call.request.uri.path) else {
            throw HTTPError(status: .badRequest, code: "bad_path", message: "the path has an invalid % escape")
        }
        let matches = routes.compactMap { route in route.pattern.match(segments).map { (route, $0) } }
        guard !matches.isEmpty else { throw unknownPath(call.request.uri.path) }
        let allowed = matches.flatMap { $0.0.methods } + [.options]
        if call.request.method == .options { return preflight(call.request, allowed) }
        guard let (route, parameters) = matches.first(where: { $0.0.methods.contains(call.request.method) }) else {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw HTTPError(
                status: .methodNotAllowed, code: "method_not_allowed",
                message: "\(call.request.method.rawValue) is not allowed here; use \(names)", headers: [.allow: names])
        }
        call.parameters = parameters
        return try await route.answer(call)
    }

    private func unknownPath(_ path: String) -> HTTPError {
        HTTPError(
            status: .notFound, code: "unknown_path",
            message: "there is nothing at \(path.prefix(128)); /openapi.json lists every route")
    }

    private func preflight(_ request: Request, _ allowed: [HTTPRequest.Method]) -> Response {
        var response = Response(status: .noContent, headers: [.allow: allowed.map(\.rawValue).joined(separator: ", ")])
        visitors.permit(allowed, request, &response)
        return response
    }
}
