// SPDX-License-Identifier: Apache-2.0
import Yams

extension SettingsDocument {
    /// A document as YAML; comments are not part of it.
    public static func text(_ value: SettingsValue) -> String {
        (try? Yams.serialize(node: node(value), allowUnicode: true)) ?? ""
    }

    private static func node(_ value: SettingsValue) -> Node {
        switch value.content {
        case .null: .scalar(.init("null"))
        case .scalar(let text, let isQuoted): .scalar(.init(text, .implicit, isQuoted ? .doubleQuoted : .plain))
        case .list(let items): .sequence(.init(items.map(node), .implicit, items.isEmpty ? .flow : .block))
        case .mapping(let entries):
            .mapping(
                .init(
                    entries.map { (.scalar(.init($0.key)), node($0.value)) }, .implicit, entries.isEmpty ? .flow : .block))
        }
    }
}
