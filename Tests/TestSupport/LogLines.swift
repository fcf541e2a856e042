// SPDX-License-Identifier: Apache-2.0
public import Logging
import Synchronization

/// Remembers what was logged.
public final class LogLines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    public init() {}

    public var all: [String] { lines.withLock { $0 } }

    public var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    public var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    public func log(event: LogEvent) { lines.withLock { $0.append("\(event.message)") } }
}
