// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import Tasks

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
    struct Field: Error {
        /// Stable, for programs: `missing`, `less_than_equal`.
        var type: String
        /// Where it stands: `body`, `path` or `query`, then names and indices.
        var loc: [Step]
        var msg: String
        /// What was found there.
        var input: JSONValue
        var ctx: JSONObject?

        var json: JSONValue {
            var fields: JSONObject = [:]
            if let ctx { fields["ctx"] = .object(ctx) }
            fields.append(["input": input, "loc": .array(loc.map(\.json)), "msg": .string(msg), "type": .string(type)])
            return .object(fields)
        }
    }

    enum Step {
        case name(String)
        case index(Int)

        var json: JSONValue {
            switch self {
            case .name(let name): .string(name)
            case .index(let index): .int(index)
            }
        }
    }

    var response: Response { JSONResponse.json(body, status: status) }

    var body: JSONValue {
        switch detail {
        case .nothing: .null
        case .text(let text): .object(["detail": .string(text)])
        case .fields(let fields): .object(["detail": .array(fields.map(\.json))])
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
    static func missing(_ loc: [HubProblem.Step], input: JSONValue) -> Self {
        .init(type: "missing", loc: loc, msg: "Field required", input: input.brief)
    }

    static func pattern(_ tap: String, _ name: String, _ pattern: String, input: String) -> Self {
        .init(
            type: "string_pattern_mismatch", loc: [.name(tap), .name(name)], msg: "String should match pattern '\(pattern)'",
            input: JSONValue.string(input).brief, ctx: ["pattern": .string(pattern)])
    }

    static func choice(_ loc: [HubProblem.Step], _ choices: [String], input: JSONValue) -> Self {
        let quoted = choices.map { "'\($0)'" }
        let expected =
            quoted.count > 1 ? quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "") : quoted.joined()
        return .init(
            type: "enum", loc: loc, msg: "Input should be \(expected)", input: input.brief, ctx: ["expected": .string(expected)])
    }
}
