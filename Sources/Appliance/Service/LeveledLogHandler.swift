// SPDX-License-Identifier: Apache-2.0
package import Logging
import Synchronization

/// Passes on the lines of a level that a reload may change, for all loggers of the process at once. A logger that was given
/// a level of its own keeps it.
package struct LeveledLogHandler: LogHandler {
    /// The level all loggers share.
    package final class Threshold: Sendable {
        private let state = Mutex(Logger.Level.info)

        package init() {}

        package var level: Logger.Level {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    private let threshold: Threshold
    private var own: Logger.Level?
    private var handler: any LogHandler

    /// - Parameter handler: takes every line it is given.
    package init(_ handler: any LogHandler, threshold: Threshold) {
        (self.handler, self.threshold) = (handler, threshold)
    }

    package var logLevel: Logger.Level {
        get { own ?? threshold.level }
        set { own = newValue }
    }

    package var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue }
    }

    package func log(event: LogEvent) {
        handler.log(event: event)
    }
}
