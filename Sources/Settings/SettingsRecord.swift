// SPDX-License-Identifier: Apache-2.0

/// What a reader of settings took: every value in force, with nothing in it that is secret.
public struct SettingsRecord: Sendable, Hashable {
    /// One key.
    public struct Entry: Sendable, Hashable {
        /// Such as `cameras.0.demo.fps`.
        public var path: String
        /// As it may be shown.
        public var value: String
        /// Whether the document or the command line says it; else it is the default.
        public var isGiven: Bool
        /// Of the value itself, secrets included, so that a change of one is seen. Seeded anew by every process, so it tells
        /// nothing of the value.
        var fingerprint: Int
    }

    /// In the order of reading.
    public private(set) var entries: [Entry] = []
    /// Paths of the keys whose values nobody may see.
    public internal(set) var secretPaths: Set<String> = []
    /// What must not appear anywhere, with what is to stand in its place. For removing it only.
    public internal(set) var secrets: [String: String] = [:]

    public init() {}

    /// A key that is read twice stands here once.
    mutating func keep(_ entry: Entry) {
        if let index = entries.firstIndex(where: { $0.path == entry.path }) {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
    }

    /// Paths whose values differ between two records, sorted. An item of a list that only one of them has is one path.
    public func changes(to other: SettingsRecord) -> [String] {
        let (old, new) = (fingerprints, other.fingerprints)
        let changed = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
        return Set(
            changed.map { path in
                if old[path] == nil { return Self.item(of: path, missingIn: old) ?? path }
                if new[path] == nil { return Self.item(of: path, missingIn: new) ?? path }
                return path
            }
        ).sorted()
    }

    private var fingerprints: [String: Int] {
        Dictionary(entries.map { ($0.path, $0.fingerprint) }) { _, last in last }
    }

    /// The item of a list that a path leads to, where nothing of it is in a record.
    private static func item(of path: String, missingIn record: [String: Int]) -> String? {
        let parts = path.split(separator: ".")
        for (index, part) in parts.enumerated() where Int(part) != nil {
            let item = parts[...index].joined(separator: ".")
            if !record.keys.contains(where: { $0.hasPrefix("\(item).") }) { return item }
        }
        return nil
    }

    /// Takes a section as it stands in another record.
    public mutating func replace(section: String, from other: SettingsRecord) {
        func isInside(_ entry: Entry) -> Bool { entry.path == section || entry.path.hasPrefix("\(section).") }
        entries.removeAll(where: isInside)
        entries += other.entries.filter(isInside)
    }

    /// What was chosen rather than left as it is, one key a line.
    public var choices: String {
        entries.filter(\.isGiven).map { "\($0.path): \($0.value)" }.sorted().joined(separator: "\n")
    }

    /// Every value, one key a line.
    public var text: String {
        entries.map { "\($0.path): \($0.value)\($0.isGiven ? "" : "    # default")" }.joined(separator: "\n") + "\n"
    }
}
