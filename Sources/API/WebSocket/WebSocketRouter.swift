// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import HTTPTypes
import NIOHTTP1
import Pipeline

/// Decides about every request for a WebSocket.
struct WebSocketRouter: Sendable {
    enum Decision {
        /// A seat at a feed.
        case seat(WebSocketSubscriber)
        /// The handshake succeeds, and the socket is closed at once with this reason: as clients of the original expect it
        /// of streams that have nothing to give.
        case nothing(reason: String)
        case refusal(HubProblem)
    }

    let registry: WebSocketRegistry
    let decide: @Sendable (HTTPRequestHead) -> Decision
}

extension RouteContext {
    /// The paths that are WebSockets.
    private static let socketPaths: [(path: String, kind: WebSocketBroadcast.Key.Kind)] = [
        ("/cameras/{mxid}/streams/{stream_name}/nn", .results), ("/cameras/{mxid}/streams/{stream_name}/video", .video),
    ]

    var reception: WebSocketRouter {
        let visitors = OriginPolicy(allowedOrigins: settings.allowedOrigins, allowedHosts: settings.allowedHosts)
        return WebSocketRouter(registry: sockets) { head in
            do {
                try visitors.checkSocket(authority: head.headers.first(name: "host"), origin: head.headers.first(name: "origin"))
                return try seat(head)
            } catch let problem as HubProblem {
                // The original refuses names that can be none like paths that are none.
                return .refusal(problem.status == .unprocessableContent ? Self.noSocket : problem)
            } catch let refusal as HTTPError {
                return .refusal(HubProblem(refusal))
            } catch {
                return .refusal(HubProblem(status: .internalServerError, detail: .text("\(error)")))
            }
        }
    }

    private static let noSocket = HubProblem(status: .forbidden, detail: .text("there is no WebSocket here"))

    private func seat(_ head: HTTPRequestHead) throws -> WebSocketRouter.Decision {
        let path = head.uri.split(separator: "?", maxSplits: 1).first ?? ""
        let segments = path.split(separator: "/").map { String($0).removingPercentEncoding ?? String($0) }
        for (pattern, kind) in Self.socketPaths {
            guard let parameters = Route.match(pattern, segments) else { continue }
            let (camera, stream) = try activeHubStream(parameters)
            let key = WebSocketBroadcast.Key(camera: camera.service.id, tap: stream.tap, kind: kind)
            switch kind {
            case .results:
                guard camera.networks.configuration(at: stream.tap) != nil else {
                    return .nothing(reason: "no network is deployed to \(stream.rawValue)")
                }
                return .seat(try sockets.join(key, .results(of: camera.networks, at: stream.tap)))
            case .video:
                if let problem = VideoEncoders.problem { throw HubProblem(status: .serviceUnavailable, detail: .text(problem)) }
                let recipe = WebSocketBroadcast.Recipe.video(
                    of: camera.networks, at: stream.tap, framesPerSecond: camera.framesPerSecond)
                return .seat(try sockets.join(key, recipe))
            }
        }
        throw Self.noSocket
    }
}
