// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore

extension RouteContext {
    /// The firmware that DepthAI cameras are booted with.
    var firmwareRoutes: [Route] {
        [
            .get("/api/v1/firmware") { _ in JSONResponse.json(await (try firmware()).list()) },
            .post("/api/v1/firmware") { request in try await importFirmware(request) },
            .delete("/api/v1/firmware/{firmware}") { request in
                let firmware = try firmware()
                do throws(FirmwareRefusal) {
                    try await firmware.remove(request.parameters["firmware"] ?? "")
                } catch {
                    throw HTTPError(error)
                }
                return Response(status: .noContent)
            },
        ]
    }

    private func firmware() throws(HTTPError) -> any FirmwareService {
        guard let firmwareService else { throw HTTPError(FirmwareRefusal(.storage, "this server keeps no firmware")) }
        return firmwareService
    }

    /// A wheel, the module in it or an image, as the body or as the file of a form.
    private func importFirmware(_ request: RouteRequest) async throws -> Response {
        let firmware = try firmware()
        let force = try request.flag("force")
        let type = request.request.headers[.contentType] ?? ""
        let longest = FirmwareUpload.longestBody(type, maximum: firmware.maximumBytes)
        if let length = request.request.headers[.contentLength].flatMap({ Int($0) }), length > longest {
            throw HTTPError(FirmwareRefusal.tooLarge(firmware.maximumBytes))
        }
        guard let turn = firmwareTurn.take() else {
            throw HTTPError.busy("too_many_imports", "other firmware is being imported; try again in a moment")
        }
        defer { withExtendedLifetime(turn) {} }
        do {
            var upload = try FirmwareUpload(type, path: try await firmware.inbox(), maximum: firmware.maximumBytes)
            defer { upload.remove() }
            for try await piece in request.request.body { try upload.consume(piece) }
            try upload.finish()
            return JSONResponse.json(try await firmware.install(upload.path, force: force), status: .created)
        } catch MultipartError.tooLarge {
            throw HTTPError(FirmwareRefusal.tooLarge(firmware.maximumBytes))
        } catch let error as MultipartError {
            throw HTTPError(status: .badRequest, code: "bad_form", message: error.description, headers: [.connection: "close"])
        } catch let error as FirmwareRefusal {
            throw HTTPError(error)
        }
    }
}

extension FirmwareRefusal {
    fileprivate static func tooLarge(_ maximum: Int) -> FirmwareRefusal {
        FirmwareRefusal(.tooLarge, "the file is too large; send at most \(maximum) bytes")
    }
}

extension HTTPError {
    fileprivate init(_ refusal: FirmwareRefusal) {
        let message = refusal.description
        switch refusal.kind {
        case .unknown: self.init(status: .notFound, code: "unknown_firmware", message: message, field: "firmware")
        case .ambiguous: self.init(status: .conflict, code: "ambiguous_firmware", message: message, field: "firmware")
        case .unknownRelease: self.init(status: .conflict, code: "unknown_release", message: message, field: "force")
        case .tooLarge:
            self.init(status: .contentTooLarge, code: "body_too_large", message: message, headers: [.connection: "close"])
        case .bad: self.init(status: .unprocessableContent, code: "bad_firmware", message: message)
        case .storage: self.init(status: HTTPResponse.Status(code: 507), code: "storage", message: message)
        }
    }
}
