// SPDX-License-Identifier: Apache-2.0
import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline

extension Rooms {
    /// The room that speaks the camera hub's REST API (docs/hub.md).
    var hubRoutes: [Route] {
        let camera = "/cameras/{mxid}"
        let stream = "\(camera)/streams/{stream_name}"
        return [
            hub(.get, "/cameras") { _ in Answer.json(hubCameras.map(DeviceInfo.init)) },
            hub(.post, "/cameras/refresh") { call in try await refresh(call) },
            hub(.get, camera) { call in Answer.json(DeviceInfo(try hubCamera(call))) },
            hub(.post, camera) { call in try await boot(call) },
            hub(.delete, camera) { call in try await close(call) },
            hub(.get, "\(camera)/stats") { call in
                _ = try hubCamera(call)
                return Answer.json(CameraStats(box.status().system))
            },
            hub(.get, "\(camera)/ir") { call in
                _ = try hubCamera(call)
                return Rooms.null(.ok)
            },
            hub(.post, "\(camera)/ir") { call in try await setLight(call) },
            hub(.get, "\(camera)/streams") { call in try streamList(call) },
            hub(.post, stream) { call in try await activate(call) },
            hub(.delete, stream) { call in try await deactivate(call) },
            hub(.get, "\(stream)/config") { call in try pictureConfig(call) },
            hub(.post, "\(stream)/config") { call in try await setPictureConfig(call) },
            hub(.get, "\(stream)/control") { call in
                let (camera, stream) = try activeHubStream(call)
                return try await tell(CameraControlRequest(), to: stream, of: camera)
            },
            hub(.post, "\(stream)/control") { call in try await setControl(call) },
            hub(.get, "\(stream)/still") { call in try await still(call) },
            hub(.get, "\(stream)/nn") { call in try deployed(call) },
            hub(.post, "\(stream)/nn") { call in try await deploy(call) },
            hub(.delete, "\(stream)/nn") { call in try await undeploy(call) },
        ] + controllerRoutes
    }

    /// A route whose refusals are in the hub's words.
    func hub(
        _ method: HTTPRequest.Method, _ path: String, _ answer: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: method, path: path, endless: false) { call in
            do {
                return try await answer(call)
            } catch let problem as HubProblem {
                return problem.response
            } catch let refusal as Refusal {
                var response = HubProblem(refusal).response
                for field in refusal.headers { response.headers[field.name] = field.value }
                return response
            } catch let refusal as NetworkRefusal {
                return HubProblem(refusal).response
            }
        }
    }

    static func null(_ status: HTTPResponse.Status) -> Response { Answer.json(text: "null", status: status) }

    // MARK: Cameras

    /// The box watches for cameras all the time, so there is nothing to look for; `boot` opens those that are closed.
    private func refresh(_ call: Call) async throws -> Response {
        if try call.hubFlag("boot") ?? false {
            for camera in hubCameras where !camera.isOpen { try await open(camera) }
        }
        return Answer.json(hubCameras.map(DeviceInfo.init))
    }

    private func boot(_ call: Call) async throws -> Response {
        let camera = try hubCamera(call)
        if !camera.isOpen { try await open(camera) }
        return Answer.json(DeviceInfo(camera))
    }

    private func open(_ camera: HubCamera) async throws {
        let choice = HubStream.allCases.map { ($0.place, HubStream.opened.contains($0)) }
        try await camera.networks.setActive(Dictionary(uniqueKeysWithValues: choice))
    }

    /// Closes the camera for the hub's clients: its streams rest. Other doors of the box go on with it.
    private func close(_ call: Call) async throws -> Response {
        let camera = try hubCamera(call)
        try await camera.networks.setActive(Dictionary(uniqueKeysWithValues: HubStream.allCases.map { ($0.place, false) }))
        return Answer.json(DeviceInfo(camera))
    }

    /// No camera here has lights that can be told: as the original does, a good request is ignored.
    private func setLight(_ call: Call) async throws -> Response {
        _ = try hubCamera(call)
        var body = try await HubBody.read(call)
        _ = body.number("flood_light", in: 0...1)
        _ = body.number("dot_projector", in: 0...1)
        try body.finish()
        return Rooms.null(.ok)
    }

    // MARK: Streams

    /// An array as the newer original answers, or the older one's object: as `format` asks, else as the settings say.
    private func streamList(_ call: Call) throws -> Response {
        let camera = try hubCamera(call)
        let streams = camera.streams.map { StreamInfo(name: $0.rawValue, active: camera.isActive($0)) }
        switch call.parameter("format") ?? settings.hubStreams.rawValue {
        case "array": return Answer.json(streams)
        case "object":
            return Answer.json(Dictionary(uniqueKeysWithValues: streams.map { ($0.name, ["active": $0.active]) }))
        case let other:
            throw HubProblem.unprocessable(
                .choice([.name("query"), .name("format")], ["array", "object"], input: .text(other)))
        }
    }

    /// Depth and its two pictures exclude each other.
    private func activate(_ call: Call) async throws -> Response {
        let (camera, stream) = try hubStream(call)
        var choice = [stream.place: true]
        for other in stream.excluded { choice[other.place] = false }
        try await camera.networks.setActive(choice)
        return Rooms.null(.created)
    }

    private func deactivate(_ call: Call) async throws -> Response {
        let (camera, stream) = try hubStream(call)
        try await camera.networks.setActive([stream.place: false])
        return Rooms.null(.accepted)
    }

    /// Takes what is asked for, and answers what is in force.
    private func setControl(_ call: Call) async throws -> Response {
        let (camera, stream) = try activeHubStream(call)
        var body = try await HubBody.read(call)
        let wish = SensorControl.wish(&body)
        try body.finish()
        return try await tell(wish, to: stream, of: camera)
    }

    private func tell(_ wish: CameraControlRequest, to stream: HubStream, of camera: HubCamera) async throws -> Response {
        var force: CameraControlState?
        for lens in stream.lenses { force = await camera.door.control(lens, wish) }
        guard let force else {
            throw Refusal.busy(
                "camera_away", "the camera is away; what was asked for is kept until it is back", retryAfter: 1)
        }
        return Answer.json(SensorControl(force))
    }
}

extension Call {
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
                    msg: "Input should be a valid boolean, unable to interpret input", input: ReceivedJSON.text(text).brief))
        }
    }
}
