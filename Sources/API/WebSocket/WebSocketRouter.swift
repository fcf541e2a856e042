// SPDX-License-Identifier: Apache-2.0
import Core
import HTTPTypes
import NIOHTTP1
import Pipeline

/// Decides about every request for a WebSocket.
struct WebSocketRouter: Sendable {
    enum Decision {
        /// The client has its place at a broadcast.
        case subscribed(Subscriber)
        /// The handshake succeeds, and the socket is closed at once with this reason: as clients of the original expect it
        /// of streams that have nothing to give.
        case nothing(reason: String)
        case refusal(HubProblem)
    }

    let registry: BroadcastRegistry
    /// How long a client may be silent before it is asked whether it is there.
    let patience: Duration
    let decide: @Sendable (HTTPRequestHead) -> Decision
}

extension RouteContext {
    private enum WebSocketKind { case results, video }

    /// The paths that are WebSockets.
    private static let webSocketPaths: [(pattern: RoutePattern, kind: WebSocketKind)] = [
        (RoutePattern("/cameras/{mxid}/streams/{stream_name}/nn"), .results),
        (RoutePattern("/cameras/{mxid}/streams/{stream_name}/video"), .video),
    ]

    var webSockets: WebSocketRouter {
        let visitors = OriginPolicy(settings)
        return WebSocketRouter(registry: broadcasts, patience: settings.socketPatience) { head in
            do {
                try visitors.checkSocket(authority: head.headers.first(name: "host"), origin: head.headers.first(name: "origin"))
                return try decide(head)
            } catch let problem as HubProblem {
                // The original refuses names that can be none like paths that are none.
                return .refusal(problem.status == .unprocessableContent ? Self.noWebSocket : problem)
            } catch let refusal as HTTPError {
                return .refusal(HubProblem(refusal))
            } catch {
                return .refusal(HubProblem(status: .internalServerError, detail: .text("\(error)")))
            }
        }
    }

    private static let noWebSocket = HubProblem(status: .forbidden, detail: .text("there is no WebSocket here"))

    private func decide(_ head: HTTPRequestHead) throws -> WebSocketRouter.Decision {
        let path = head.uri.split(separator: "?", maxSplits: 1).first ?? ""
        guard let segments = RoutePattern.segments(of: path) else { throw Self.noWebSocket }
        for (pattern, kind) in Self.webSocketPaths {
            guard let parameters = pattern.match(segments) else { continue }
            let (camera, stream) = try activeHubStream(parameters)
            switch kind {
            case .results: return try joinResults(camera, stream)
            case .video: return .subscribed(try joinVideo(camera, stream))
            }
        }
        throw Self.noWebSocket
    }

    private func joinResults(_ camera: HubCamera, _ stream: HubStream) throws -> WebSocketRouter.Decision {
        guard camera.networks.configuration(at: stream.tap) != nil else {
            return .nothing(reason: "no network is deployed to \(stream.rawValue)")
        }
        let key = BroadcastKey(camera: camera.service.id, form: .hubResults(stream.tap))
        return .subscribed(try broadcasts.join(key, .hubResults(of: camera.networks, at: stream.tap)))
    }

    private func joinVideo(_ camera: HubCamera, _ stream: HubStream) throws -> Subscriber {
        if let problem = VideoEncoders.problem { throw HubProblem(status: .serviceUnavailable, detail: .text(problem)) }
        let key = BroadcastKey(camera: camera.service.id, form: .hubVideo(stream.tap))
        return try broadcasts.join(
            key, .hubVideo(of: camera.networks, at: stream.tap, framesPerSecond: camera.framesPerSecond))
    }
}
