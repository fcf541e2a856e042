// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import NIOCore
import Tasks

/// Reads the fields of a JSON body and collects everything that is wrong with them.
struct HubBody {
    private let fields: [String: JSONValue]
    private let value: JSONValue
    private let loc: [HubProblem.Step]
    private(set) var problems: [HubProblem.Field] = []

    private static let largest = 64 * 1024

    /// Reads a request's body, which must be a JSON object.
    static func read(_ request: RouteRequest) async throws -> HubBody {
        let buffer: ByteBuffer
        do {
            buffer = try await request.request.body.collect(upTo: largest)
        } catch is NIOTooManyBytesError {
            throw HubProblem(status: .contentTooLarge, detail: .text("the body is too large; send at most \(largest) bytes"))
        }
        guard buffer.readableBytes > 0 else { throw HubProblem.unprocessable(.missing([.name("body")], input: .null)) }
        do {
            return try HubBody(JSONValue(json: buffer.readableBytesView), at: [.name("body")])
        } catch is JSONReader.Failure {
            throw HubProblem.unprocessable(
                .init(
                    type: "json_invalid", loc: [.name("body"), .index(0)], msg: "JSON decode error", input: .object([:]),
                    ctx: ["error": "the body is not valid JSON"]))
        }
    }

    /// - Throws: `HubProblem` when the value is no object.
    init(_ value: JSONValue, at loc: [HubProblem.Step]) throws {
        guard case .object(let object) = value else {
            throw HubProblem.unprocessable(Self.noObject(value, loc))
        }
        fields = Dictionary(uniqueKeysWithValues: object.fields.map { ($0.name, $0.value) })
        (self.value, self.loc) = (value, loc)
    }

    private static func noObject(_ value: JSONValue, _ loc: [HubProblem.Step]) -> HubProblem.Field {
        .init(
            type: "model_attributes_type", loc: loc, msg: "Input should be a valid dictionary or object to extract fields from",
            input: value.brief)
    }

    /// Whether the field is there and not `null`.
    func has(_ name: String) -> Bool { fields[name] != nil && fields[name] != .null }

    /// A number; nil when it is absent, `null` or wrong.
    mutating func number(_ name: String, in range: ClosedRange<Double>? = nil, required: Bool = false) -> Double? {
        guard let value = present(name, required) else { return nil }
        guard let number = value.asNumber else {
            note("float_type", name, "Input should be a valid number", value)
            return nil
        }
        return bounded(number, name, range, value)
    }

    /// A whole number; nil when it is absent, `null` or wrong.
    mutating func whole(_ name: String, in range: ClosedRange<Int>? = nil, required: Bool = false) -> Int? {
        guard let value = present(name, required) else { return nil }
        guard let number = value.asNumber else {
            note("int_type", name, "Input should be a valid integer", value)
            return nil
        }
        guard let whole = Int(exactly: number) else {
            note("int_from_float", name, "Input should be a valid integer, got a number with a fractional part", value)
            return nil
        }
        let limits = range.map { Double($0.lowerBound)...Double($0.upperBound) }
        return bounded(number, name, limits, value).map { _ in whole }
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let value = present(name, false) else { return nil }
        guard case .bool(let flag) = value else {
            note("bool_type", name, "Input should be a valid boolean", value)
            return nil
        }
        return flag
    }

    mutating func choice(_ name: String, _ choices: [String], required: Bool = false) -> String? {
        guard let value = present(name, required) else { return nil }
        guard case .string(let text) = value, choices.contains(text) else {
            problems.append(.choice(loc + [.name(name)], choices, input: value))
            return nil
        }
        return text
    }

    /// Two numbers, both whole where `whole` says so.
    mutating func pair(_ name: String, whole: Bool) -> [Double]? {
        guard let value = present(name, true) else { return nil }
        guard case .array(let items) = value, items.count == 2 else {
            note("tuple_type", name, "Input should be a valid tuple of two numbers", value)
            return nil
        }
        let numbers = items.compactMap { item in
            item.asNumber.flatMap { !whole || Int(exactly: $0) != nil ? $0 : nil }
        }
        guard numbers.count == 2 else {
            note(whole ? "int_type" : "float_type", name, "Input should be two valid numbers", value)
            return nil
        }
        return numbers
    }

    /// A part with fields of its own; nil when it is absent, `null` or no object.
    mutating func part(_ name: String) -> HubBody? {
        guard let value = present(name, false) else { return nil }
        guard let part = try? HubBody(value, at: loc + [.name(name)]) else {
            problems.append(Self.noObject(value, loc + [.name(name)]))
            return nil
        }
        return part
    }

    /// Adds what was wrong with a part.
    mutating func add(_ part: HubBody) {
        problems += part.problems
    }

    /// Throws when anything was wrong.
    func finish() throws {
        guard problems.isEmpty else { throw HubProblem(status: .unprocessableContent, detail: .fields(problems)) }
    }

    private mutating func present(_ name: String, _ required: Bool) -> JSONValue? {
        if let value = fields[name], value != .null || required { return value }
        if required { problems.append(.missing(loc + [.name(name)], input: value)) }
        return nil
    }

    private mutating func bounded(_ number: Double, _ name: String, _ range: ClosedRange<Double>?, _ value: JSONValue)
        -> Double?
    {
        guard let range else { return number }
        if number < range.lowerBound {
            note(
                "greater_than_equal", name, "Input should be greater than or equal to \(Self.text(range.lowerBound))", value,
                ["ge": Self.json(range.lowerBound)])
        } else if number > range.upperBound {
            note(
                "less_than_equal", name, "Input should be less than or equal to \(Self.text(range.upperBound))", value,
                ["le": Self.json(range.upperBound)])
        } else {
            return number
        }
        return nil
    }

    private static func json(_ number: Double) -> JSONValue { Int(exactly: number).map(JSONValue.int) ?? .number(number) }

    private static func text(_ number: Double) -> String { json(number).text }

    private mutating func note(
        _ type: String, _ name: String, _ message: String, _ value: JSONValue, _ context: JSONObject? = nil
    ) {
        problems.append(.init(type: type, loc: loc + [.name(name)], msg: message, input: value.brief, ctx: context))
    }
}
