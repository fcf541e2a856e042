// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore

extension RouteContext {
    /// What helps when something is wrong.
    var supportRoutes: [Route] {
        [
            .get("/api/v1/support") { _ in try await supportBundle() },
            .get("/api/v1/doctor") { _ in
                let service = try support()
                let findings = try await refusing { () async throws(SupportRefusal) in try await service.findings() }
                return JSONResponse.bytes(ByteBuffer(bytes: findings), type: "application/json")
            },
        ]
    }

    private func supportBundle() async throws -> Response {
        let service = try support()
        let file = try await refusing { () async throws(SupportRefusal) in try await service.bundle() }
        let buffer = ByteBuffer(bytes: file.bytes)
        let lease = file.lease
        let headers: HTTPFields = [
            .contentType: "application/gzip", .contentDisposition: "attachment; filename=\"\(file.name)\"",
            .contentLength: "\(buffer.readableBytes)", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ]
        // The next file is made when this one has left, or when nobody takes it any more.
        let body = ResponseBody(contentLength: buffer.readableBytes) { writer in
            defer { withExtendedLifetime(lease) {} }
            try await writer.write(buffer)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private func support() throws -> any SupportService {
        guard let supportService else { throw HTTPError.busy("no_support", "this server does not create support bundles") }
        return supportService
    }

    private func refusing<Result>(_ body: () async throws(SupportRefusal) -> Result) async throws -> Result {
        do throws(SupportRefusal) {
            return try await body()
        } catch {
            switch error {
            case .busy: throw HTTPError.busy("too_many_bundles", error.description)
            case .failed: throw HTTPError.busy("no_bundle", error.description, retryAfter: 30)
            }
        }
    }
}
