// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tasks

/// Where the box remembers faces, models and what clients have set.
public struct StateDirectory: Sendable, Hashable {
    public let path: String

    /// Why it cannot be used, in words for the owner on the box itself.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        /// The same for everybody else: without the path.
        let cause: PersistenceFailure
    }

    package init(path: String) { self.path = path }

    /// The settings' directory; else systemd's `$STATE_DIRECTORY`; else `/var/lib/depthd` for root, and for others
    /// `$XDG_STATE_HOME/depthd` or `~/.local/state/depthd`. Nothing is made yet.
    public init(_ settings: StateSettings, environment given: [String: String]? = nil, isRoot: Bool? = nil) {
        let environment = given ?? ProcessInfo.processInfo.environment
        if !settings.directory.isEmpty {
            path = settings.directory
        } else if let systemd = environment["STATE_DIRECTORY"]?.split(separator: ":").first {
            path = String(systemd)
        } else if isRoot ?? (geteuid() == 0) {
            path = "/var/lib/depthd"
        } else if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            path = "\(state)/depthd"
        } else {
            path = "\(NSHomeDirectory())/.local/state/depthd"
        }
    }

    /// A file of the directory.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes the directory, for this user only: it holds what faces look like.
    public func make() throws(Failure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(
                description: "the state directory \(path) cannot be made (\(error.localizedDescription)); set state.directory",
                cause: PersistenceFailure(error))
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw Failure(
                description: "the state directory \(path) may not be written; set state.directory or its permissions",
                cause: PersistenceFailure(errno: errno))
        }
    }
}
