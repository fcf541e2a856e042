// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import NIOPosix

/// How many files and sockets this process may have open, and how many of them connections may take.
///
/// Below the servers lie libraries that end the process when they cannot open a file they need: NIO's event loops and
/// Dispatch's timers. So those are opened before any client can come, and clients never get the last descriptors.
enum DescriptorLimit {
    /// What is left to cameras, models and databases where there is plenty.
    private static let reserve = 64
    /// A higher limit is of no use: connections are bounded by the settings.
    private static let enough: rlim_t = 8192

    /// Raises the limit as far as this process may.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let wanted = min(limit.rlim_max, enough)
        guard wanted > limit.rlim_cur else { return }
        limit.rlim_cur = wanted
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Has the libraries open what they would otherwise open when they first need it.
    static func openLibraries() async {
        for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try? await loop.submit {}.get() }
        try? await NIOThreadPool.singleton.runIfActive {}
        // Dispatch has a timer for each clock.
        try? await Task.sleep(for: .nanoseconds(1), clock: .continuous)
        try? await Task.sleep(for: .nanoseconds(1), clock: .suspending)
    }

    /// What each of several servers may hold.
    static func connections(perServer servers: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        return connections(perServer: servers, limit: Int(min(limit.rlim_cur, enough)), open: open)
    }

    static func connections(perServer servers: Int, limit: Int, open: Int) -> Int {
        let free = max(0, limit - open)
        return max(1, (free - min(reserve, free / 2)) / servers)
    }
}
