// SPDX-License-Identifier: Apache-2.0
import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline
import Tasks

extension RouteContext {
    /// The camera hub's REST API (docs/hub.md).
    var hubRoutes: [Route] {
        let camera = "/cameras/{mxid}"
        let stream = "\(camera)/streams/{stream_name}"
        return [
            hub(.get, "/cameras") { _ in JSONResponse.json(hubCameras.map(DeviceInfo.init)) },
            hub(.post, "/cameras/refresh") { request in try await refresh(request) },
            hub(.get, camera) { request in JSONResponse.json(DeviceInfo(try hubCamera(request))) },
            hub(.post, camera) { request in try await boot(request) },
            hub(.delete, camera) { request in try await close(request) },
            hub(.get, "\(camera)/stats") { request in
                _ = try hubCamera(request)
                return JSONResponse.json(CameraStats(appliance.status().system))
            },
            hub(.get, "\(camera)/ir") { request in
                _ = try hubCamera(request)
                return RouteContext.null(.ok)
            },
            hub(.post, "\(camera)/ir") { request in try await setLight(request) },
            hub(.get, "\(camera)/streams") { request in try streamList(request) },
            hub(.post, stream) { request in try await activate(request) },
            hub(.delete, stream) { request in try await deactivate(request) },
            hub(.get, "\(stream)/config") { request in try pictureConfig(request) },
            hub(.post, "\(stream)/config") { request in try await setPictureConfig(request) },
            hub(.get, "\(stream)/control") { request in
                let (camera, stream) = try activeHubStream(request)
                return try await tell(CameraControlRequest(), to: stream, of: camera)
            },
            hub(.post, "\(stream)/control") { request in try await setControl(request) },
            hub(.get, "\(stream)/still") { request in try await still(request) },
            hub(.get, "\(stream)/nn") { request in try deployed(request) },
            hub(.post, "\(stream)/nn") { request in try await deploy(request) },
            hub(.delete, "\(stream)/nn") { request in try await undeploy(request) },
        ] + controllerRoutes
    }

    /// A route whose refusals are in the hub's words.
    func hub(
        _ method: HTTPRequest.Method, _ path: String, _ answer: @escaping @Sendable (RouteRequest) async throws -> Response
    ) -> Route {
        Route(method: method, pattern: RoutePattern(path), endless: false) { request in
            do {
                return try await answer(request)
            } catch let problem as HubProblem {
                return problem.response
            } catch let refusal as HTTPError {
                var response = HubProblem(refusal).response
                for field in refusal.headers { response.headers[field.name] = field.value }
                return response
            } catch let refusal as NetworkRefusal {
                return HubProblem(refusal).response
            }
        }
    }

    static func null(_ status: HTTPResponse.Status) -> Response { JSONResponse.json(JSONValue.null, status: status) }

    // MARK: Cameras

    /// The box watches for cameras all the time, so there is nothing to look for; `boot` opens those that are closed.
    private func refresh(_ request: RouteRequest) async throws -> Response {
        if try request.hubFlag("boot") ?? false {
            for camera in hubCameras where !camera.isOpen { try await open(camera) }
        }
        return JSONResponse.json(hubCameras.map(DeviceInfo.init))
    }

    private func boot(_ request: RouteRequest) async throws -> Response {
        let camera = try hubCamera(request)
        if !camera.isOpen { try await open(camera) }
        return JSONResponse.json(DeviceInfo(camera))
    }

    private func open(_ camera: HubCamera) async throws {
        let choice = HubStream.allCases.map { ($0.tap, HubStream.opened.contains($0)) }
        try await camera.networks.setActive(Dictionary(uniqueKeysWithValues: choice))
    }

    /// Closes the camera for the hub's clients: its streams rest. Other servers go on with it.
    private func close(_ request: RouteRequest) async throws -> Response {
        let camera = try hubCamera(request)
        try await camera.networks.setActive(Dictionary(uniqueKeysWithValues: HubStream.allCases.map { ($0.tap, false) }))
        return JSONResponse.json(DeviceInfo(camera))
    }

    /// No camera here has lights that can be told: as the original does, a good request is ignored.
    private func setLight(_ request: RouteRequest) async throws -> Response {
        _ = try hubCamera(request)
        var body = try await HubBody.read(request)
        _ = body.number("flood_light", in: 0...1)
        _ = body.number("dot_projector", in: 0...1)
        try body.finish()
        return RouteContext.null(.ok)
    }

    // MARK: Streams

    /// An array as the newer original answers, or the older one's object: as `format` asks, else as the settings say.
    private func streamList(_ request: RouteRequest) throws -> Response {
        let camera = try hubCamera(request)
        let streams = camera.streams.map { StreamInfo(name: $0.rawValue, active: camera.isActive($0)) }
        switch request.parameter("format") ?? settings.hubStreams.rawValue {
        case "array": return JSONResponse.json(streams)
        case "object":
            return JSONResponse.json(Dictionary(uniqueKeysWithValues: streams.map { ($0.name, ["active": $0.active]) }))
        case let other:
            throw HubProblem.unprocessable(
                .choice([.name("query"), .name("format")], ["array", "object"], input: .string(other)))
        }
    }

    /// Depth and its two pictures exclude each other.
    private func activate(_ request: RouteRequest) async throws -> Response {
        let (camera, stream) = try hubStream(request)
        var choice = [stream.tap: true]
        for other in stream.excluded { choice[other.tap] = false }
        try await camera.networks.setActive(choice)
        return RouteContext.null(.created)
    }

    private func deactivate(_ request: RouteRequest) async throws -> Response {
        let (camera, stream) = try hubStream(request)
        try await camera.networks.setActive([stream.tap: false])
        return RouteContext.null(.accepted)
    }

    /// Takes what is asked for, and answers what is in force.
    private func setControl(_ request: RouteRequest) async throws -> Response {
        let (camera, stream) = try activeHubStream(request)
        var body = try await HubBody.read(request)
        let wish = SensorControl.wish(&body)
        try body.finish()
        return try await tell(wish, to: stream, of: camera)
    }

    private func tell(_ wish: CameraControlRequest, to stream: HubStream, of camera: HubCamera) async throws -> Response {
        var force: CameraControlState?
        for lens in stream.lenses { force = await camera.service.control(lens, wish) }
        guard let force else {
            throw HTTPError.busy(
                "camera_away", "the camera is not connected; depthd keeps the request and applies it when the camera is back",
                retryAfter: 1)
        }
        return JSONResponse.json(SensorControl(force))
    }
}

extension RouteRequest {
    /// A yes or no of the query, in the spellings the original takes.
    func hubFlag(_ name: String) throws -> Bool? {
        guard let text = parameter(name) else { return nil }
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default:
            throw HubProblem.unprocessable(
                .init(
                    type: "bool_parsing", loc: [.name("query"), .name(name)],
                    msg: "Input should be a valid boolean, unable to interpret input", input: JSONValue.string(text).brief))
        }
    }
}
