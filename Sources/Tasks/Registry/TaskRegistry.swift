// SPDX-License-Identifier: Apache-2.0

/// Which job answers which route. Pure; built once.
///
/// A route is looked up as the original does it: without regard to case, exactly first, else the longest registered route
/// that the path begins with; what follows becomes segments. So `vision/custom/foo/` is `vision/custom` with `foo`, and
/// even `vision/detectionX` is a detection.
public struct TaskRegistry: Sendable {
    public struct Entry: Sendable {
        /// Lower case, without slashes at its ends.
        public let route: String
        public let job: any TaskJob
    }

    /// Longest route first.
    public let entries: [Entry]

    public init(_ entries: [(route: String, job: any TaskJob)]) {
        self.entries = entries.map { Entry(route: $0.route.lowercased(), job: $0.job) }
            .sorted { ($0.route.utf8.count, $1.route) > ($1.route.utf8.count, $0.route) }
    }

    /// Every registered route, for documentation and discovery.
    public var routes: [String] { entries.map(\.route).sorted() }

    /// Each module once, by id.
    public var modules: [TaskModule] {
        Set(entries.map(\.job.module)).sorted { $0.id < $1.id }
    }

    /// The job for a path below `/v1/`, with the segments behind its route; nil when no route fits.
    public func find(_ path: String) -> (job: any TaskJob, segments: [String])? {
        let trimmed = path.drop { $0 == "/" }
        let lower = trimmed.lowercased()
        for entry in entries where lower.hasPrefix(entry.route) {
            // Lower-casing may change the length of exotic letters; ASCII routes end at the same character of both.
            let rest = trimmed.dropFirst(entry.route.count)
            return (entry.job, rest.split(separator: "/").map(String.init))
        }
        return nil
    }
}
