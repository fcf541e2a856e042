// SPDX-License-Identifier: Apache-2.0
public import API
import Logging

/// The daemon's log: lines on standard error, as the journal likes them where it reads them, and the last of them in memory
/// for clients that ask.
public enum DaemonLog {
    /// Takes over logging for the whole process; to be called once, before the first line.
    public static func start() -> LogBook {
        let book = LogBook()
        let isJournal = JournalLogHandler.isJournal
        LoggingSystem.bootstrap { label in
            let errors: any LogHandler =
                isJournal ? JournalLogHandler() : StreamLogHandler.standardError(label: label)
            return MultiplexLogHandler([errors, LogBookHandler(label: label, book: book)])
        }
        return book
    }
}
