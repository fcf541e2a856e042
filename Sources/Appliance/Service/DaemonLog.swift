// SPDX-License-Identifier: Apache-2.0
public import API
public import Logging

/// The daemon's log: lines on standard error, as the journal likes them where it reads them, and the last of them in memory
/// for clients that ask.
public enum DaemonLog {
    /// Takes over logging for the whole process; to be called once, before the first line.
    public static func start() -> LogBook {
        let book = LogBook()
        let isJournal = JournalLogHandler.isJournal
        LoggingSystem.bootstrap { label in
            var errors: any LogHandler =
                isJournal ? JournalLogHandler() : StreamLogHandler.standardError(label: label)
            var memory = LogBookHandler(label: label, book: book)
            (errors.logLevel, memory.logLevel) = (.trace, .trace)
            return LeveledLogHandler(MultiplexLogHandler([errors, memory]), threshold: threshold)
        }
        return book
    }

    /// The least level that is written from now on, by every logger.
    public static func set(_ level: Logger.Level) {
        threshold.level = level
    }

    private static let threshold = LeveledLogHandler.Threshold()
}
