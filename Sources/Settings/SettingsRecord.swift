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

        public init(path: String, value: String, isGiven: Bool) {
            self.path = path
            self.value = value
            self.isGiven = isGiven
        }
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

    /// What was chosen rather than left as it is, one key a line.
    public var choices: String {
        entries.filter(\.isGiven).map { "\($0.path): \($0.value)" }.sorted().joined(separator: "\n")
    }

    /// Every value, one key a line.
    public var text: String {
        entries.map { "\($0.path): \($0.value)\($0.isGiven ? "" : "    # default")" }.joined(separator: "\n") + "\n"
    }
}
