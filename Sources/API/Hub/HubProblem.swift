// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird

/// A request the hub's API refuses, in the words of the original server: `{"detail": …}`.
struct HubProblem: Error {
    var status: HTTPResponse.Status
    var detail: Detail

    enum Detail {
        /// `null` alone, for unknown cameras and streams.
        case nothing
        case text(String)
        case fields([Field])
    }

    /// One field that cannot be used, as pydantic describes it.
    struct Field: Error, Encodable {
        /// Stable, for programs: `missing`, `less_than_equal`.
        var type: String
        /// Where it stands: `body`, `path` or `query`, then names and indices.
        var loc: [Step]
        var msg: String
        /// What was found there.
        var input: ReceivedJSON
        var ctx: [String: ReceivedJSON]?
    }

    enum Step: Encodable {
        case name(String)
        case index(Int)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .name(let name): try container.encode(name)
            case .index(let index): try container.encode(index)
            }
        }
    }

    var response: Response { JSONResponse.json(text: text, status: status) }

    /// The body. Texts and finite numbers can always be encoded.
    var text: String {
        func json(_ value: some Encodable) -> String {
            (try? JSONResponse.encoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? #"{"detail":""}"#
        }
        switch detail {
        case .nothing: return "null"
        case .text(let text): return json(["detail": text])
        case .fields(let fields): return json(["detail": fields])
        }
    }

    static let unknown = HubProblem(status: .notFound, detail: .nothing)

    static func unprocessable(_ text: String) -> HubProblem {
        HubProblem(status: .unprocessableContent, detail: .text(text))
    }

    static func unprocessable(_ fields: Field...) -> HubProblem {
        HubProblem(status: .unprocessableContent, detail: .fields(fields))
    }

    /// A refusal of the other target in the hub's words.
    init(_ refusal: HTTPError) {
        status = refusal.status
        switch refusal.status {
        case .notFound: detail = .text("Not Found")
        case .methodNotAllowed: detail = .text("Method Not Allowed")
        default: detail = .text(refusal.message)
        }
    }

    init(status: HTTPResponse.Status, detail: Detail) {
        self.status = status
        self.detail = detail
    }

    /// Whether a path belongs to the hub's API, so that even what is not there is answered in its words.
    static func speaks(at path: String) -> Bool {
        ["/cameras", "/controller"].contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}

extension HubProblem.Field {
    static func missing(_ loc: [HubProblem.Step], input: ReceivedJSON) -> Self {
        .init(type: "missing", loc: loc, msg: "Field required", input: input.brief)
    }

    static func pattern(_ tap: String, _ name: String, _ pattern: String, input: String) -> Self {
        .init(
            type: "string_pattern_mismatch", loc: [.name(tap), .name(name)], msg: "String should match pattern '\(pattern)'",
            input: ReceivedJSON.text(input).brief, ctx: ["pattern": .text(pattern)])
    }

    static func choice(_ loc: [HubProblem.Step], _ choices: [String], input: ReceivedJSON) -> Self {
        let quoted = choices.map { "'\($0)'" }
        let expected =
            quoted.count > 1 ? quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "") : quoted.joined()
        return .init(
            type: "enum", loc: loc, msg: "Input should be \(expected)", input: input.brief, ctx: ["expected": .text(expected)])
    }
}
