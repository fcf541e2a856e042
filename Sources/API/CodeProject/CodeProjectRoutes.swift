// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline
import Tasks

/// Everything below `/v1/`: the questions of CodeProject.AI and DeepStack, and what these servers tell about themselves.
struct CodeProjectRoutes: Sendable {
    let parts: CodeProjectParts
    let appliance: any ApplianceService
    let looks: CameraSnapshotService
    /// When the server was.
    let started: Date

    /// The segments below `/v1/`, percent-decoded; nil for every other path.
    static func segments(in path: String) -> [String]? {
        // A broken escape names no route, which is told in the original's words.
        let segments = RoutePattern.segments(of: path) ?? path.split(separator: "/").map(String.init)
        guard let first = segments.first, first.lowercased() == "v1" else { return nil }
        return Array(segments.dropFirst())
    }

    /// Answers a request. Clients of the original read its JSON whatever has happened.
    /// - Throws: for pages that may not ask this.
    func answer(_ call: RouteRequest, _ segments: [String], _ visitors: OriginPolicy) async throws -> Response {
        if call.request.method == .options { return preflight(call, visitors) }
        var visit = try Visit(call.request, segments, visitors)
        var response = try await answer(call, segments, &visit)
        if visit.isOpen { grant(call, &response) }
        return response
    }

    private func answer(_ call: RouteRequest, _ segments: [String], _ visit: inout Visit) async throws -> Response {
        let route = segments.joined(separator: "/")
        if let server = serverRoute(call.request.method, segments) { return try await server(call) }
        guard call.request.method != .post else { return try await ask(call, route: route, &visit) }
        let isKnown = parts.scheduler.table.find(route) != nil || serverRoute(.post, segments) != nil
        return isKnown ? postOnly(route) : unknown(route, call)
    }

    // MARK: Questions

    private func ask(_ call: RouteRequest, route: String, _ visit: inout Visit) async throws -> Response {
        let received = Timestamp.now()
        let client = call.clientAddress
        var request = TaskRequest(route: route, client: client, received: received, deadline: deadline(from: received))
        guard parts.scheduler.table.find(route) != nil else { return unknown(route, call) }
        let account = parts.uploads.open(for: client)
        do {
            let form = try await UploadForm.read(call.request, account: account)
            request.values = form.values
            request.files = form.files
        } catch let refusal as UploadForm.Refusal {
            return refuse(request, refusal)
        } catch {
            return refuse(request, .malformed("the request did not arrive completely"))
        }
        try visit.read(request.values)
        request.received = .now()
        request.deadline = deadline(from: request.received, asked: request.values)
        if let refusal = refusedKey(request.values.text(Self.keyName)) { return refusal }
        do throws(TaskError) {
            try await addView(to: &request)
        } catch {
            return response(parts.scheduler.refuse(request, error))
        }
        let answer = await parts.scheduler.answer(request)
        // The upload's memory counts until here.
        return withExtendedLifetime(account) { response(answer) }
    }

    /// A request may ask for less time than the server gives, in milliseconds.
    private func deadline(from start: Timestamp, asked values: TaskValues = TaskValues()) -> Timestamp {
        let most = parts.patience.nanoseconds
        let asked = values.text("deadline_ms").flatMap { Int64($0) }.map { max(1, min($0, most / 1_000_000)) * 1_000_000 }
        return start.advanced(byNanoseconds: asked ?? most)
    }

    /// `camera=ID` without a file asks about what that camera sees now.
    private func addView(to request: inout TaskRequest) async throws(TaskError) {
        guard request.files.isEmpty, let name = request.values.text("camera"), !name.isEmpty else { return }
        guard let camera = appliance.camera(name) else {
            let known = appliance.cameras.map(\.id.name).joined(separator: ", ")
            throw .value(name: "camera", reason: "is \"\(name.prefix(64))\", but there are: \(known)")
        }
        request.view = try await looks.look(camera, until: request.deadline)
    }

    private func response(_ answer: TaskAnswer) -> Response {
        guard parts.deepStack != nil else {
            return json(answer.document, status: answer.code == 404 ? .notFound : .ok)
        }
        return deepStackResponse(answer)
    }

    private func refuse(_ request: TaskRequest, _ refusal: UploadForm.Refusal) -> Response {
        let answer: TaskAnswer
        switch refusal {
        case .busy: answer = parts.scheduler.refuse(request, .full(queue: "uploads"))
        case .malformed, .tooLarge: answer = parts.scheduler.refuse(request, .unreadable(refusal.description))
        }
        var response = response(answer)
        if case .tooLarge = refusal { response.status = .contentTooLarge }
        // What is still on its way is not waited for.
        response.headers[.connection] = "close"
        return response
    }

    private func unknown(_ route: String, _ call: RouteRequest) -> Response {
        var request = TaskRequest(route: "", client: call.clientAddress)
        request.route = route
        return json(parts.scheduler.refuse(request, .unknownRoute(String(route.prefix(128)))).document, status: .notFound)
    }

    private func postOnly(_ route: String) -> Response {
        var response = json(
            ["success": .bool(false), "error": .string("\(route.prefix(128)) takes POST requests only"), "code": .int(405)],
            status: .methodNotAllowed)
        response.headers[.allow] = "POST, OPTIONS"
        return response
    }

    /// The document with its length: clients exist that do not understand chunks.
    func json(_ document: JSONObject, status: HTTPResponse.Status = .ok) -> Response {
        JSONResponse.json(JSONValue.object(document), status: status)
    }
}

extension RouteRequest {
    /// Who asks, for fair sharing; an address without its port.
    var clientAddress: String { channel.remoteAddress?.ipAddress ?? "local" }
}
