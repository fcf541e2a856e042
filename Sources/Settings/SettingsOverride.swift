// SPDX-License-Identifier: Apache-2.0

/// A `key=value` from the command line, laid over a document: `http.port=18080`, `cameras.0.source=demo`.
public struct SettingsOverride: Sendable, Hashable {
    let path: [String]
    let value: SettingsValue
    private let text: String

    /// - Parameter assignment: a dotted path, `=`, and a value in YAML.
    public init(_ assignment: String) throws(SettingsError) {
        text = assignment
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !path.contains("") else {
            throw SettingsError(document: "--set", path: assignment, problem: "write it as key=value, such as http.port=18080")
        }
        self.path = path
        var value = try SettingsDocument.yaml(String(parts[1]), name: "--set \(assignment)")
        if parts[1].isEmpty { value = SettingsValue(.scalar("", quoted: true), document: "--set \(assignment)") }
        value.line = nil
        self.value = value
    }

    /// The document with this value put in, sections and list items being made as needed.
    public func applied(to root: SettingsValue) throws(SettingsError) -> SettingsValue {
        try replace(in: root, path[...])
    }

    private func replace(in node: SettingsValue, _ rest: ArraySlice<String>) throws(SettingsError) -> SettingsValue {
        guard let key = rest.first else { return value }
        var node = node
        switch node.content {
        case .list(var items):
            guard let index = Int(key), (0...items.count).contains(index) else { throw refusal("there is no item \(key)") }
            let old = index < items.count ? items[index] : SettingsValue(.null, document: value.document)
            let new = try replace(in: old, rest.dropFirst())
            if index < items.count { items[index] = new } else { items.append(new) }
            node.content = .list(items)
        case .mapping(var entries):
            if let index = entries.firstIndex(where: { $0.key == key }) {
                entries[index].value = try replace(in: entries[index].value, rest.dropFirst())
            } else {
                let empty = SettingsValue(.null, document: value.document)
                entries.append(.init(key: key, value: try replace(in: empty, rest.dropFirst())))
            }
            node.content = .mapping(entries)
        case .null where Int(key) != nil:
            node = SettingsValue(.list([]), document: value.document)
            return try replace(in: node, rest)
        case .null:
            return try replace(in: .emptyMapping(document: value.document), rest)
        case .scalar:
            throw refusal("'\(key)' is not a section")
        }
        return node
    }

    private func refusal(_ problem: String) -> SettingsError {
        SettingsError(document: "--set", path: text, problem: problem)
    }
}
