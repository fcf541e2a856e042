// SPDX-License-Identifier: Apache-2.0
import Core
import Hummingbird
import NIOCore
import Pipeline

extension Rooms {
    /// The cameras and what they run.
    var cameraRoutes: [Route] {
        [
            .get("/api/v1/cameras") { _ in Answer.json(CameraList(cameras: box.cameras.map { $0.status() })) },
            .get("/api/v1/cameras/{id}") { call in Answer.json(try camera(call).status()) },
            .get("/api/v1/cameras/{id}/pipeline") { call in Answer.json(text: try camera(call).pipelineJSON()) },
            .put("/api/v1/cameras/{id}/pipeline") { call in try await replacePipeline(call) },
            .get("/api/v1/cameras/{id}/truth") { call in try truth(call) },
        ]
    }

    private struct CameraList: Encodable {
        var cameras: [CameraStatus]
    }

    private func replacePipeline(_ call: Call) async throws -> Response {
        let camera = try camera(call)
        let limit = settings.maximumBodyBytes
        let tooLarge = Refusal(
            status: .contentTooLarge, code: "body_too_large", message: "a pipeline configuration may have \(limit) bytes at most")
        if let length = call.request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let body: ByteBuffer
        do {
            body = try await call.request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
        do throws(PipelineRefusal) {
            try await camera.replacePipeline(json: Array(body.readableBytesView))
        } catch {
            throw Refusal(status: .unprocessableContent, code: "bad_pipeline", message: error.problem, field: error.field)
        }
        return Answer.json(text: camera.pipelineJSON())
    }

    private func truth(_ call: Call) throws -> Response {
        let camera = try camera(call)
        let sequence = try call.integer("sequence", in: 0...Int.max)
        if let truth = camera.truthJSON(sequence: sequence) { return Answer.json(text: truth) }
        let which = sequence.map { "of exposure \($0)" } ?? "yet"
        throw Refusal(
            status: .notFound, code: "no_truth",
            message: "camera \(camera.id) has no truth \(which): only the demo scene knows it, for the last few seconds",
            field: sequence == nil ? nil : "sequence")
    }
}
