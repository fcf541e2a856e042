// SPDX-License-Identifier: Apache-2.0

/// The keys there are, with items of lists counted as one.
public struct SettingsSchema: Sendable {
    private let paths: Set<String>
    private let secrets: Set<String>
    private let sections: Set<String>

    /// One that knows no key, so that nothing is shown.
    public init() {
        (paths, secrets, sections) = ([], [], [])
    }

    /// - Parameter root: of a document whose reader has asked for every key there is.
    public init(_ root: SettingsSection) {
        paths = root.knownPaths
        secrets = root.record.secretPaths
        sections = Set(
            paths.flatMap { path -> [String] in
                let parts = path.split(separator: ".")
                return parts.indices.dropFirst().map { parts[..<$0].joined(separator: ".") }
            })
    }

    func isSecret(_ path: String) -> Bool { secrets.contains(path) }

    func isUnknown(_ path: String) -> Bool { !paths.contains(path) }

    /// Whether the schema says what is in it, too.
    func reaches(_ path: String) -> Bool { sections.contains(path) }
}
