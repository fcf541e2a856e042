// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Hummingbird
import Tasks

/// DeepStack's manners: failures are HTTP errors, requests may need a key, and every body tells a duration.
extension CodeProjectRoutes {
    /// What a query, a form or a JSON object calls the key.
    static let keyName = "api_key"

    /// The answer to a request whose key is wrong; nil when it is right, or none is needed.
    /// - Parameter sent: what the request has as `api_key`.
    func refusedKey(_ sent: String?) -> Response? {
        guard let mode = parts.deepStack, !mode.apiKey.isEmpty else { return nil }
        guard !Self.isSame(sent ?? "", mode.apiKey) else { return nil }
        return json(
            ["success": .bool(false), "error": .string("Incorrect api key"), "duration": .int(0)], status: .unauthorized)
    }

    func deepStackResponse(_ answer: TaskAnswer) -> Response {
        var document = answer.document
        document["duration"] = .int(0)
        return json(document, status: answer.error.map(Self.status) ?? .ok)
    }

    private static func status(_ error: TaskError) -> HTTPResponse.Status {
        switch error {
        case .unknownRoute: .notFound
        case .value, .missingFile, .unreadable, .refused: .badRequest
        case .notInstalled: .forbidden
        case .full: .tooManyRequests
        case .closing: .serviceUnavailable
        case .network, .store, .timedOut: .internalServerError
        }
    }

    /// Compares in a time that tells nothing about where texts differ, nor how long they are.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        ConstantTime.areEqual(Digest.sha256.of(Array(left.utf8)), Digest.sha256.of(Array(right.utf8)))
    }
}
