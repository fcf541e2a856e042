// SPDX-License-Identifier: Apache-2.0
import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline

extension RouteContext {
    /// The streams of a camera.
    var streamRoutes: [Route] {
        let stream = "/api/v1/cameras/{id}/streams/{name}"
        return [
            .get("/api/v1/cameras/{id}/streams") { request in try list(request) },
            .get("\(stream)/snapshot.jpg") { request in try await snapshotJPEG(request) },
            .get("\(stream)/snapshot.png") { request in try await snapshotPNG(request) },
            .get("\(stream)/mjpeg", endless: true) { request in try livePictures(request) },
            .get("\(stream)/elementary", endless: true) { request in try elementary(request) },
            .get("\(stream)/latest") { request in try latest(request) },
            .get("\(stream)/events", endless: true) { request in try events(request) },
        ]
    }

    private static let qualities = 1...100
    private static let rates = 0.1...240.0

    private struct StreamList: Encodable {
        var camera: String
        /// The streams the pipeline makes now.
        var streams: [StreamStatistics]
        /// Every stream there is.
        var known: [String]
    }

    private func list(_ request: RouteRequest) throws -> Response {
        let camera = try camera(request)
        return JSONResponse.json(
            StreamList(camera: camera.id.name, streams: camera.hub.statistics, known: StreamName.allCases.map(\.rawValue)))
    }

    private func snapshotJPEG(_ request: RouteRequest) async throws -> Response {
        let quality = try request.integer("quality", in: RouteContext.qualities) ?? 90
        let camera = try camera(request)
        let stream = try offeredStream(request, of: camera)
        if stream != .jpegout { try requireLooks(stream) }
        let snapshot = try await snapshots.take(stream, of: camera, as: .jpeg(quality: quality))
        return picture(snapshot, type: "image/jpeg")
    }

    private func snapshotPNG(_ request: RouteRequest) async throws -> Response {
        let camera = try camera(request)
        let stream = try offeredStream(request, of: camera)
        guard stream.isPicture else { throw wrongForm(stream, use: form(of: stream)) }
        return picture(try await snapshots.take(stream, of: camera, as: .png), type: "image/png")
    }

    private func picture(_ snapshot: SnapshotService.Snapshot, type: String) -> Response {
        var response = JSONResponse.bytes(ByteBuffer(bytes: snapshot.bytes), type: type)
        response.headers[.sequence] = "\(snapshot.sequence)"
        return response
    }

    private func livePictures(_ request: RouteRequest) throws -> Response {
        let quality = try request.integer("quality", in: RouteContext.qualities) ?? 80
        let rate = try request.number("fps", in: RouteContext.rates)
        let camera = try camera(request)
        let stream = try offeredStream(request, of: camera)
        try requireLooks(stream)
        let subscriber = try broadcasts.join(
            BroadcastKey(camera: camera.id, form: .pictures(stream, quality: quality)),
            .pictures(stream, of: camera.hub, quality: quality), framesPerSecond: rate)
        let body = StreamingBody.body(
            subscriber, opening: MJPEGWriter.opening, registry: broadcasts, channel: request.channel)
        return JSONResponse.stream(type: MJPEGWriter.contentType, body: body)
    }

    /// The bytes of `video`, picture after picture, from a key picture on.
    private func elementary(_ request: RouteRequest) throws -> Response {
        let camera = try camera(request)
        let stream = try offeredStream(request, of: camera)
        guard stream == .video else {
            throw wrongForm(stream, use: stream.isResult ? "latest or events" : "snapshot.png, mjpeg, or the stream video")
        }
        let subscriber = try broadcasts.join(BroadcastKey(camera: camera.id, form: .video), .video(of: camera.hub))
        let body = StreamingBody.body(subscriber, opening: ByteBuffer(), registry: broadcasts, channel: request.channel)
        return JSONResponse.stream(type: "application/octet-stream", body: body)
    }

    private func latest(_ request: RouteRequest) throws -> Response {
        let camera = try camera(request)
        let stream = try offeredStream(request, of: camera)
        try requireResults(stream)
        guard let packet = camera.hub.latest(stream) else {
            throw HTTPError.busy("no_result", "no result has arrived on \(stream.rawValue) yet", retryAfter: 1)
        }
        return JSONResponse.json(text: try PacketJSON.text(packet))
    }

    private func events(_ request: RouteRequest) throws -> Response {
        let rate = try request.number("fps", in: RouteContext.rates)
        let camera = try camera(request)
        let stream = try offeredStream(request, of: camera)
        try requireResults(stream)
        let subscriber = try broadcasts.join(
            BroadcastKey(camera: camera.id, form: .events(stream)),
            .events(stream, of: camera.hub, keepAlive: settings.heartbeat.nanoseconds), framesPerSecond: rate)
        let body = StreamingBody.body(
            subscriber, opening: ServerSentEvents.opening, registry: broadcasts, channel: request.channel)
        return JSONResponse.stream(type: ServerSentEvents.contentType, body: body)
    }

    /// Depth and disparity are 16-bit numbers, which JPEG cannot hold.
    private func requireLooks(_ stream: StreamName) throws {
        switch stream {
        case .depth, .disparity:
            throw wrongForm(stream, use: "snapshot.png for the numbers, or the stream disparity_color for viewing")
        default: if !stream.isPicture { throw wrongForm(stream, use: form(of: stream)) }
        }
    }

    private func requireResults(_ stream: StreamName) throws {
        guard !stream.isResult else { return }
        throw wrongForm(stream, use: form(of: stream))
    }

    /// How a stream can be had.
    private func form(of stream: StreamName) -> String {
        switch stream {
        case .jpegout: "snapshot.jpg"
        case .video: "elementary"
        default: stream.isResult ? "latest or events" : "snapshot.jpg, snapshot.png or mjpeg"
        }
    }

    private func wrongForm(_ stream: StreamName, use other: String) -> HTTPError {
        HTTPError(
            status: .unsupportedMediaType, code: "wrong_form",
            message: "\(stream.rawValue) is not available in this format; use \(other)",
            field: "name")
    }
}

extension HTTPField.Name {
    /// The exposure a picture shows.
    fileprivate static var sequence: HTTPField.Name { HTTPField.Name("X-Sequence")! }
}
