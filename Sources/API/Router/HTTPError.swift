// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import NIOCore
import Tasks

/// A request that cannot be served, in words for the client. Becomes `{"error":{"code","message","field"?}}`.
struct HTTPError: Error {
    var status: HTTPResponse.Status
    /// Stable, for programs: `unknown_camera`.
    var code: String
    /// For people: what is wrong and what to do.
    var message: String
    /// The parameter, key or header at fault.
    var field: String?
    var headers: HTTPFields = [:]

    var response: Response {
        var answer = JSONResponse.json(body, status: status)
        for field in headers { answer.headers[field.name] = field.value }
        return answer
    }

    var body: JSONValue {
        var detail: JSONObject = ["code": .string(code)]
        if let field { detail["field"] = .string(field) }
        detail["message"] = .string(message)
        return .object(["error": .object(detail)])
    }
}

extension HTTPError {
    /// An invalid value in the query.
    static func badParameter(_ name: String, _ value: some StringProtocol, expected: String) -> HTTPError {
        HTTPError(
            status: .badRequest, code: "bad_parameter", message: "\(name) is \"\(value.prefix(64))\", but must be \(expected)",
            field: name)
    }

    /// Too many of something that is limited; the client may come back.
    static func busy(_ code: String, _ message: String, retryAfter seconds: Int = 5) -> HTTPError {
        HTTPError(status: .serviceUnavailable, code: code, message: message, headers: [.retryAfter: "\(seconds)"])
    }

    static let shuttingDown = busy("shutting_down", "the daemon is shutting down")
}
