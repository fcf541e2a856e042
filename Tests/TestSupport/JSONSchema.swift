// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Checks values against the part of JSON Schema that `openapi.json` uses. Stricter than the standard in two ways, so that
/// nothing passes unchecked: a keyword it does not know is a problem, and so is a member that an object with `properties`
/// does not name, unless `additionalProperties` allows it.
public struct JSONSchema: Sendable {
    /// What `$ref` refers into.
    private let root: JSONDocument

    /// Keywords that say nothing about what is valid.
    private static let annotations: Set<String> = [
        "description", "title", "default", "example", "examples", "format", "deprecated", "contentMediaType", "contentSchema",
        "contentEncoding",
    ]

    public init(root: JSONDocument) {
        self.root = root
    }

    /// What is wrong with `value`, each with the place where it stands.
    public func problems(_ value: JSONDocument, _ schema: JSONDocument, at place: String = "$") -> [String] {
        guard let keywords = schema.object else {
            if case .bool(let allows) = schema { return allows ? [] : ["\(place): nothing may stand here"] }
            return ["\(place): its schema is no object"]
        }
        return keywords.sorted { $0.key < $1.key }.flatMap { name, operand in
            check(name, operand, keywords, value, place)
        }
    }

    /// What `reference` such as `#/components/schemas/Error` leads to.
    public func resolve(_ reference: String) -> JSONDocument? {
        reference.split(separator: "/").dropFirst().reduce(Optional(root)) { $0?[String($1)] }
    }

    private func check(
        _ keyword: String, _ operand: JSONDocument, _ all: [String: JSONDocument], _ value: JSONDocument, _ place: String
    ) -> [String] {
        switch keyword {
        case "$ref":
            guard let target = operand.string.flatMap(resolve) else { return ["\(place): \(operand) leads nowhere"] }
            return problems(value, target, at: place)
        case "type": return checkType(operand, value, place)
        case "enum": return operand.array?.contains(value) == true ? [] : ["\(place): \(brief(value)) is none of the enum"]
        case "const": return operand == value ? [] : ["\(place): \(brief(value)) is not the constant"]
        case "required", "properties", "additionalProperties": return checkObject(keyword, operand, all, value, place)
        case "items", "minItems", "maxItems": return checkArray(keyword, operand, value, place)
        case "minimum", "maximum": return checkNumber(keyword, operand, value, place)
        case "pattern": return checkPattern(operand, value, place)
        case "not": return problems(value, operand, at: place).isEmpty ? ["\(place): it is what it must not be"] : []
        case "allOf", "anyOf", "oneOf": return checkChoice(keyword, operand.array ?? [], value, place)
        default: return Self.annotations.contains(keyword) ? [] : ["\(place): the checker does not know \"\(keyword)\""]
        }
    }

    private func checkType(_ operand: JSONDocument, _ value: JSONDocument, _ place: String) -> [String] {
        let names = operand.array?.compactMap(\.string) ?? [operand.string ?? ""]
        let fits = names.contains { name in
            switch (name, value) {
            case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array),
                ("object", .object):
                true
            case ("integer", .number(let number)): number == number.rounded()
            default: false
            }
        }
        return fits ? [] : ["\(place): \(brief(value)) is no \(names.joined(separator: " or "))"]
    }

    private func checkObject(
        _ keyword: String, _ operand: JSONDocument, _ all: [String: JSONDocument], _ value: JSONDocument, _ place: String
    ) -> [String] {
        guard let fields = value.object else { return [] }
        let known = keyword == "properties" ? operand.object ?? [:] : all["properties"]?.object ?? [:]
        switch keyword {
        case "required":
            return (operand.array ?? []).compactMap(\.string).filter { fields[$0] == nil }.map { "\(place): \($0) is missing" }
        case "properties":
            let isClosed = all["additionalProperties"] == nil
            return fields.flatMap { name, field in
                guard let schema = known[name] else { return isClosed ? ["\(place): \(name) is not described"] : [] }
                return problems(field, schema, at: "\(place).\(name)")
            }
        default:
            return fields.filter { known[$0.key] == nil }.flatMap { problems($1, operand, at: "\(place).\($0)") }
        }
    }

    private func checkArray(_ keyword: String, _ operand: JSONDocument, _ value: JSONDocument, _ place: String) -> [String] {
        guard let items = value.array else { return [] }
        switch keyword {
        case "items": return items.enumerated().flatMap { problems($1, operand, at: "\(place)[\($0)]") }
        case "minItems": return Double(items.count) >= operand.number ?? 0 ? [] : ["\(place): it has only \(items.count) items"]
        default: return Double(items.count) <= operand.number ?? .infinity ? [] : ["\(place): it has \(items.count) items"]
        }
    }

    private func checkNumber(_ keyword: String, _ operand: JSONDocument, _ value: JSONDocument, _ place: String) -> [String] {
        guard let number = value.number, let limit = operand.number else { return [] }
        let fits = keyword == "minimum" ? number >= limit : number <= limit
        return fits ? [] : ["\(place): \(number) is beyond the \(keyword) \(limit)"]
    }

    private func checkPattern(_ operand: JSONDocument, _ value: JSONDocument, _ place: String) -> [String] {
        guard let text = value.string, let pattern = operand.string else { return [] }
        return text.range(of: pattern, options: .regularExpression) == nil ? ["\(place): \"\(text)\" is not \(pattern)"] : []
    }

    private func checkChoice(_ keyword: String, _ choices: [JSONDocument], _ value: JSONDocument, _ place: String) -> [String] {
        let found = choices.map { problems(value, $0, at: place) }
        if keyword == "allOf" { return found.flatMap { $0 } }
        let fitting = found.count { $0.isEmpty }
        if fitting == 0 { return ["\(place): none of \(keyword) fits"] + found.flatMap { $0 } }
        return keyword == "oneOf" && fitting > 1 ? ["\(place): \(fitting) of oneOf fit"] : []
    }

    private func brief(_ value: JSONDocument) -> String { String("\(value)".prefix(80)) }
}
