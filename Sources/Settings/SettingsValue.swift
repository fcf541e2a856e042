// SPDX-License-Identifier: Apache-2.0

/// A node of a settings document, from YAML or JSON alike, that remembers where it was written. Two nodes are equal when
/// they say the same, wherever they stand.
public struct SettingsValue: Sendable, Hashable {
    /// What stands there.
    public indirect enum Content: Sendable, Hashable {
        case null
        /// Text as written; `quoted` text is never read as a number or a truth value.
        case scalar(String, quoted: Bool)
        case list([SettingsValue])
        case mapping([Entry])
    }

    /// A key and its value. Documents keep their order.
    public struct Entry: Sendable, Hashable {
        public var key: String
        public var value: SettingsValue

        package init(key: String, value: SettingsValue) {
            self.key = key
            self.value = value
        }
    }

    public var content: Content
    public var document: String
    public var line: Int?

    public init(_ content: Content, document: String, line: Int? = nil) {
        self.content = content
        self.document = document
        self.line = line
    }

    /// An empty mapping, for sections that are not there.
    public static func emptyMapping(document: String) -> SettingsValue {
        SettingsValue(.mapping([]), document: document)
    }

    /// What kind of thing this is, for messages.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .scalar(let text, _): "'\(text.prefix(60))'"
        case .list: "a list"
        case .mapping: "a section"
        }
    }

    public static func == (left: SettingsValue, right: SettingsValue) -> Bool {
        left.content == right.content
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(content)
    }
}
