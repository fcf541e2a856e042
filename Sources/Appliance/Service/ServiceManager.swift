// SPDX-License-Identifier: Apache-2.0
package import Core
import Foundation
import Glibc

/// systemd, or whoever else started the daemon and wants to hear what becomes of it: one datagram per piece of news to the
/// socket named in the environment (`sd_notify(3)`). A daemon that nobody listens to tells nobody.
public struct ServiceManager: Sendable {
    /// What a listener may be told.
    package enum News: Hashable, Sendable {
        /// Everything is open and served.
        case ready
        /// The settings are being read again; `ready` follows.
        case reloading(at: Timestamp)
        case stopping
        /// All is well: the watchdog is fed.
        case alive
        /// A line for people.
        case status(String)

        /// As it is written in a datagram.
        package var line: String {
            switch self {
            case .ready: "READY=1"
            case .reloading(let instant): "RELOADING=1\nMONOTONIC_USEC=\(instant.nanoseconds / 1000)"
            case .stopping: "STOPPING=1"
            case .alive: "WATCHDOG=1"
            case .status(let text): "STATUS=" + text.map { $0.isNewline ? " " : String($0) }.joined()
            }
        }
    }

    /// The socket's path; one in the abstract name space begins with a zero byte. Empty for no listener.
    private let path: [UInt8]
    /// Nanoseconds within which `.alive` has to come again; nil where nobody watches.
    package let watchdog: Int64?

    /// A listener that never answers may hold up the daemon for so many seconds.
    private static let sendTimeoutSeconds = 1

    /// The one that started this process.
    public init() {
        self.init(environment: ProcessInfo.processInfo.environment)
    }

    /// A listener to this process.
    package init(environment: [String: String]) {
        self.init(environment: environment, process: getpid())
    }

    /// - Parameters:
    ///   - environment: has `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    ///   - process: the number of the process that is watched over.
    package init(environment: [String: String], process: Int32) {
        path = Self.path(environment["NOTIFY_SOCKET"] ?? "")
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(process) } ?? true
        // More than a day is no watchdog; the bound keeps sums from overflowing.
        let interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { (1...86_400_000_000).contains($0) ? $0 : nil }
        watchdog = isForUs && !path.isEmpty ? interval.map { $0 * 1000 } : nil
    }

    /// Whether anybody is told.
    package var isListening: Bool { !path.isEmpty }

    /// Tells all of it in one datagram. A listener that is gone is no trouble of ours.
    package func tell(_ news: News...) {
        guard isListening, !news.isEmpty else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: Self.sendTimeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let text = Array(news.map(\.line).joined(separator: "\n").utf8)
        withAddress { address, length in
            _ = sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), address, length)
        }
    }

    /// A path of the file system or, behind an `@`, a name of the abstract name space; anything else is no socket.
    private static func path(_ name: String) -> [UInt8] {
        var path = Array(name.utf8)
        guard path.count > 1, path.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return [] }
        switch path[0] {
        case UInt8(ascii: "/"): return path
        case UInt8(ascii: "@"):
            path[0] = 0
            return path
        default: return []
        }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // The length says where an abstract name ends.
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + path.count } ?? 0
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}
