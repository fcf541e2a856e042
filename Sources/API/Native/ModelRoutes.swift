// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension RouteContext {
    /// The models of the box.
    var modelRoutes: [Route] {
        [
            .get("/api/v1/models") { _ in
                JSONResponse.json(try refusing { () throws(ModelRefusal) in try models() }.list())
            },
            .post("/api/v1/models") { request in try await uploadModel(request) },
            .delete("/api/v1/models/{model}") { request in
                try refusing { () throws(ModelRefusal) in try models().remove(request.parameters["model"] ?? "") }
                return Response(status: .noContent)
            },
            .post("/api/v1/models/{model}/activate") { request in
                JSONResponse.json(
                    try refusing { () throws(ModelRefusal) in try models().activate(request.parameters["model"] ?? "") })
            },
        ]
    }

    private func models() throws(ModelRefusal) -> any ModelService {
        guard let modelService else { throw ModelRefusal(.storage, "this server has no model store") }
        return modelService
    }

    private func refusing<Result>(_ body: () throws(ModelRefusal) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw HTTPError(error)
        }
    }

    /// A form with the file `model`, perhaps a file `manifest` and files `data` in which the model keeps weights, and the fields `name`, `role` and `sha256`.
    private func uploadModel(_ request: RouteRequest) async throws -> Response {
        do {
            let models = try models()
            var form = try ModelForm(request.request.headers[.contentType] ?? "", service: models)
            defer { form.clear() }
            for try await piece in request.request.body { try form.consume(piece) }
            return JSONResponse.json(try await models.install(try form.finish()), status: .created)
        } catch let error as ModelRefusal {
            throw HTTPError(error)
        } catch let error as MultipartError {
            var status = HTTPResponse.Status.badRequest
            if case .tooLarge = error { status = .contentTooLarge }
            throw HTTPError(status: status, code: "bad_form", message: error.description, headers: [.connection: "close"])
        }
    }
}

extension HTTPError {
    fileprivate init(_ refusal: ModelRefusal) {
        switch refusal.kind {
        case .unknown: self.init(status: .notFound, code: "unknown_model", message: refusal.description, field: "model")
        case .taken: self.init(status: .conflict, code: "model_exists", message: refusal.description, field: "name")
        case .bad: self.init(status: .unprocessableContent, code: "bad_model", message: refusal.description)
        case .storage: self.init(status: HTTPResponse.Status(code: 507), code: "storage", message: refusal.description)
        }
    }
}
