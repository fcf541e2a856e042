// SPDX-License-Identifier: Apache-2.0
import Core
import Hummingbird
import NIOCore
import Pipeline

extension RouteContext {
    /// The cameras and what they run.
    var cameraRoutes: [Route] {
        [
            .get("/api/v1/cameras") { _ in JSONResponse.json(CameraList(cameras: appliance.cameras.map { $0.status() })) },
            .get("/api/v1/cameras/{id}") { request in JSONResponse.json(try camera(request).status()) },
            .get("/api/v1/cameras/{id}/pipeline") { request in JSONResponse.json(text: try camera(request).pipelineJSON()) },
            .put("/api/v1/cameras/{id}/pipeline") { request in try await replacePipeline(request) },
            .get("/api/v1/cameras/{id}/truth") { request in try truth(request) },
        ]
    }

    private struct CameraList: Encodable {
        var cameras: [CameraStatus]
    }

    private func replacePipeline(_ request: RouteRequest) async throws -> Response {
        let camera = try camera(request)
        let limit = settings.maximumBodyBytes
        let tooLarge = HTTPError(
            status: .contentTooLarge, code: "body_too_large",
            message: "the pipeline configuration is too large; send at most \(limit) bytes")
        if let length = request.request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let body: ByteBuffer
        do {
            body = try await request.request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
        do throws(PipelineRefusal) {
            try await camera.replacePipeline(json: Array(body.readableBytesView))
        } catch {
            throw HTTPError(status: .unprocessableContent, code: "bad_pipeline", message: error.problem, field: error.field)
        }
        return JSONResponse.json(text: camera.pipelineJSON())
    }

    private func truth(_ request: RouteRequest) throws -> Response {
        let camera = try camera(request)
        let sequence = try request.integer("sequence", in: 0...Int.max)
        if let truth = camera.truthJSON(sequence: sequence) { return JSONResponse.json(text: truth) }
        let which = sequence.map { "of exposure \($0)" } ?? "yet"
        throw HTTPError(
            status: .notFound, code: "no_truth",
            message: "camera \(camera.id) has no ground truth \(which): only the demo scene has it, for the last few seconds",
            field: sequence == nil ? nil : "sequence")
    }
}
