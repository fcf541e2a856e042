// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
package import Logging

/// Writes log lines as systemd's journal reads them from standard error: one line with its priority in front, which the
/// journal takes off, and no time, which it knows (`sd-daemon(3)`).
package struct JournalLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes a whole line, its end included.
    package init(write: @escaping @Sendable (String) -> Void = JournalLogHandler.toStandardError) {
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        let text = (details.isEmpty ? "" : "\(details): ") + "\(event.message)"
        // Each line of a message has its own priority.
        let lines = text.split(whereSeparator: \.isNewline).map { "<\(event.level.priority)>\($0)\n" }
        write(lines.joined())
    }

    /// Whether standard error is the journal: systemd names its device and inode in `JOURNAL_STREAM`.
    package static var isJournal: Bool {
        isJournal(environment: ProcessInfo.processInfo.environment, descriptor: STDERR_FILENO)
    }

    package static func isJournal(environment: [String: String], descriptor: Int32) -> Bool {
        // There is one device of sockets: the inode tells them apart.
        guard let stream = environment["JOURNAL_STREAM"]?.split(separator: ":"), stream.count == 2 else { return false }
        let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
        return file == "socket:[\(stream[1])]"
    }

    /// One write for a line, so that lines of two threads do not mix.
    package static let toStandardError: @Sendable (String) -> Void = { line in
        let bytes = Array(line.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}

extension Logger.Level {
    /// syslog's number for it.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
