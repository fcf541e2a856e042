// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline
import Tasks

/// The hub's `NNConfig` as it is read back.
private func networkConfig(_ text: String) -> JSONValue {
    let given = try? JSONValue(json: text.utf8)
    return .object([
        "nn_config": given?["nn_config"] ?? .null, "num_inference_threads": given?["num_inference_threads"] ?? .int(2),
        "type": given?["type"] ?? .null,
    ])
}

extension RouteContext {
    /// What was said about the network of a stream; `null` without one.
    func deployed(_ request: RouteRequest) throws -> Response {
        let (camera, stream) = try activeHubStream(request)
        guard let text = camera.networks.configuration(at: stream.tap) else { return RouteContext.null(.ok) }
        return JSONResponse.json(networkConfig(text))
    }

    /// Removes a network, if there is one.
    func undeploy(_ request: RouteRequest) async throws -> Response {
        let (camera, stream) = try hubStream(request)
        try await camera.networks.remove(at: stream.tap)
        return RouteContext.null(.accepted)
    }

    /// Deploys a network: answered when its first result is there.
    func deploy(_ request: RouteRequest) async throws -> Response {
        let (camera, stream) = try activeHubStream(request)
        let account = hubState.uploads.open(for: request.channel.remoteAddress?.ipAddress ?? "")
        let form = try await upload(request, account)
        let texts = form.files.map { ($0.part.name, $0.bytes) } + form.fields.map { ($0.name, Array($0.value.utf8)) }
        let model = form.files.first { $0.part.name == "model" }
        let description = texts.first { ["nn_config", "config"].contains($0.0) }
        var missing: [HubProblem.Field] = []
        if model == nil { missing.append(.missing([.name("body"), .name("model")], input: .null)) }
        if description == nil { missing.append(.missing([.name("body"), .name("nn_config")], input: .null)) }
        guard let model, let description else { throw HubProblem(status: .unprocessableContent, detail: .fields(missing)) }
        let configuration = try HubNetworkText.checked(description.1)
        guard !model.bytes.isEmpty else { throw HubProblem.unprocessable("model: the file is empty") }
        try await camera.networks.deploy(model: model.bytes, configuration: configuration, at: stream.tap)
        withExtendedLifetime(account) {}
        return RouteContext.null(.created)
    }

    /// Collects the form. A body that says it is too large is refused unread, one that turns out to be where it does.
    private func upload(_ request: RouteRequest, _ account: UploadBudget.Account) async throws -> MultipartForm {
        let limit = HubState.largestModel + HubState.formOverhead
        let tooLarge = HubProblem(
            status: .contentTooLarge, detail: .text("the model is too large; send at most \(HubState.largestModel) bytes"))
        if let length = request.request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let type = request.request.headers[.contentType] ?? ""
        guard type.lowercased().hasPrefix("multipart/form-data") else {
            throw HubProblem.unprocessable(
                .missing([.name("body"), .name("model")], input: .null),
                .missing([.name("body"), .name("nn_config")], input: .null))
        }
        do {
            var form = try MultipartForm(
                contentType: type,
                limits: MultipartLimits(totalBytes: limit, partBytes: HubState.largestModel, parts: 16))
            for try await piece in request.request.body {
                guard account.take(piece.readableBytes) else {
                    throw HTTPError.busy("too_many_uploads", "other models are being uploaded; try again in a moment")
                }
                try form.consume(piece)
            }
            try form.finish()
            return form
        } catch MultipartError.tooLarge(let what, let limit) {
            throw HubProblem(status: .contentTooLarge, detail: .text("\(MultipartError.tooLarge(what: what, limit: limit))"))
        } catch let error as MultipartError {
            throw HubProblem(status: .badRequest, detail: .text("\(error)"))
        }
    }
}

/// Checks the text of an NNConfig as far as the original does, in its words; what is in the section for the type is
/// checked by whoever loads the network.
enum HubNetworkText {
    static let types = ["Generic", "YOLO", "MobileNet"]

    /// - Returns: the text.
    static func checked(_ bytes: [UInt8]) throws -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let value = try? JSONValue(json: bytes) else {
            throw HubProblem.unprocessable(
                .init(
                    type: "json_invalid", loc: [], msg: "Invalid JSON: the text is not valid JSON",
                    input: JSONValue.string(text).brief,
                    ctx: ["error": "the text is no JSON"]))
        }
        var body = try HubBody(value, at: [])
        let type = body.choice("type", types, required: true)
        _ = body.whole("num_inference_threads", in: 1...64)
        let section = body.part("nn_config")
        try body.finish()
        switch type {
        case "Generic" where section != nil:
            throw HubProblem.unprocessable("nn_config must be null for the type Generic: nn type and nn config mismatch")
        case "YOLO" where section == nil, "MobileNet" where section == nil:
            throw HubProblem.unprocessable("nn_config is missing for the type \(type ?? ""): nn type and nn config mismatch")
        case "MobileNet" where section.map { ["anchors", "anchor_masks", "num_classes"].contains(where: $0.has) } ?? false:
            throw HubProblem.unprocessable("nn type and nn config mismatch: these keys are YOLO's")
        default: return text
        }
    }
}

extension HubProblem {
    /// A network that cannot be deployed.
    init(_ refusal: NetworkRefusal) {
        switch refusal.kind {
        case .configuration:
            let steps = refusal.field.split(separator: ".").map { Step.name(String($0)) }
            self = .unprocessable(
                .init(type: "value_error", loc: steps, msg: "Value error, \(refusal.problem)", input: .null))
        case .model: self = .unprocessable("model: \(refusal.problem)")
        case .unavailable: self = HubProblem(status: .serviceUnavailable, detail: .text(refusal.problem))
        }
    }
}
