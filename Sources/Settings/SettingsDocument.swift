// SPDX-License-Identifier: Apache-2.0
import Foundation
import Yams

/// Turns the text of a settings document into a `SettingsValue`.
public enum SettingsDocument {
    /// More nodes than any sane document has: stops YAML whose aliases multiply.
    private static let maximumNodes = 100_000
    /// Of a document whose aliases are written out.
    private static let maximumBytes = 4 << 20
    private static let maximumDepth = 64

    /// Reads YAML (and so JSON without tabs). An empty document is an empty section.
    /// - Parameter name: what messages call the document.
    public static func yaml(_ text: String, name: String) throws(SettingsError) -> SettingsValue {
        if let line = AliasExpansion.line(in: text, beyond: maximumBytes) {
            throw SettingsError(
                document: name, line: line, path: "",
                problem: "aliases make more than \(maximumBytes >> 20) MiB of this document; write out what they stand for")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw describe(error, name: name)
        } catch {
            throw SettingsError(document: name, path: "", problem: "not valid YAML: \(error)")
        }
        guard let root else { return .emptyMapping(document: name) }
        var budget = maximumNodes
        return try convert(root, name: name, depth: 0, budget: &budget)
    }

    /// Reads JSON, as clients send it.
    public static func json(_ bytes: [UInt8], name: String) throws(SettingsError) -> SettingsValue {
        let object: Any
        do {
            object = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
        } catch {
            throw SettingsError(document: name, path: "", problem: "not valid JSON")
        }
        return convert(object, name: name)
    }

    private static func describe(_ error: YamlError, name: String) -> SettingsError {
        switch error {
        case .parser(_, let problem, let mark, _) where problem.contains("nesting level"): tooDeep(name, mark.line)
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            SettingsError(
                document: name, line: mark.line, path: "",
                problem: "not valid YAML: \(problem); check the brackets, quotes and indentation here and above")
        case .duplicatedKeysInMapping(let duplicates, let context):
            SettingsError(
                document: name, line: context.mark.line, path: duplicates.first.map { "\($0)" } ?? "",
                problem: "stands here twice; remove one of the two")
        default:
            SettingsError(document: name, path: "", problem: "not valid YAML: \(error)")
        }
    }

    private static func tooDeep(_ name: String, _ line: Int?) -> SettingsError {
        SettingsError(
            document: name, line: line, path: "",
            problem:
                "sections and lists nested more than \(maximumDepth) deep; no setting is: look for brackets that are not closed")
    }

    private static func convert(_ node: Node, name: String, depth: Int, budget: inout Int) throws(SettingsError) -> SettingsValue
    {
        budget -= 1
        let line = node.mark?.line
        guard depth < maximumDepth else { throw tooDeep(name, line) }
        guard budget > 0 else {
            throw SettingsError(
                document: name, line: line, path: "",
                problem: "more than \(maximumNodes) values, those of aliases counted each time; write fewer of them")
        }
        switch node {
        case .scalar(let scalar):
            let plain = scalar.style == .plain || scalar.style == .any
            let isNull = plain && ["", "~", "null"].contains(scalar.string)
            return SettingsValue(isNull ? .null : .scalar(scalar.string, quoted: !plain), document: name, line: line)
        case .sequence(let sequence):
            var items: [SettingsValue] = []
            for item in sequence { items.append(try convert(item, name: name, depth: depth + 1, budget: &budget)) }
            return SettingsValue(.list(items), document: name, line: line)
        case .mapping(let mapping):
            var entries: [SettingsValue.Entry] = []
            for (key, value) in mapping {
                guard let key = key.string else {
                    throw SettingsError(document: name, line: key.mark?.line, path: "", problem: "a key must be text")
                }
                entries.append(.init(key: key, value: try convert(value, name: name, depth: depth + 1, budget: &budget)))
            }
            return SettingsValue(.mapping(entries), document: name, line: line)
        case .alias:
            throw SettingsError(document: name, line: line, path: "", problem: "an alias points nowhere")
        }
    }

    private static func convert(_ object: Any, name: String) -> SettingsValue {
        switch object {
        case let dictionary as [String: Any]:
            let entries = dictionary.sorted { $0.key < $1.key }
                .map { SettingsValue.Entry(key: $0.key, value: convert($0.value, name: name)) }
            return SettingsValue(.mapping(entries), document: name)
        case let array as [Any]:
            return SettingsValue(.list(array.map { convert($0, name: name) }), document: name)
        case let text as String:
            return SettingsValue(.scalar(text, quoted: true), document: name)
        case let number as NSNumber:
            return SettingsValue(.scalar(text(of: number), quoted: false), document: name)
        default:
            return SettingsValue(.null, document: name)
        }
    }

    private static func text(of number: NSNumber) -> String {
        // JSON's `true` arrives as an NSNumber too; its Objective-C type ("c") tells it from 1 ("q").
        String(cString: number.objCType) == "c" ? (number.boolValue ? "true" : "false") : number.stringValue
    }
}
