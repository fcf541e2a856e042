// SPDX-License-Identifier: Apache-2.0

/// One thing wrong in a settings document, with where it stands and what would be right.
public struct SettingsError: Error, CustomStringConvertible, Hashable {
    /// The file, `--set`, or another name of the document.
    public var document: String
    /// Counted from 1; nil where the document has no lines.
    public var line: Int?
    /// Dotted path of the key, such as `cameras.0.demo.fps`; empty for the document as a whole.
    public var path: String
    public var problem: String

    public init(document: String, line: Int? = nil, path: String, problem: String) {
        self.document = document
        self.line = line
        self.path = path
        self.problem = problem
    }

    public var description: String {
        let place = line.map { "\(document):\($0)" } ?? document
        return path.isEmpty ? "\(place): \(problem)" : "\(place): \(path): \(problem)"
    }
}
