// SPDX-License-Identifier: Apache-2.0
public import API
import Logging

/// The daemon's log: lines on standard error, and the last of them in memory for clients that ask.
public enum BoxLog {
    /// Takes over logging for the whole process; to be called once, before the first line.
    public static func start() -> LogBook {
        let book = LogBook()
        LoggingSystem.bootstrap { label in
            MultiplexLogHandler([StreamLogHandler.standardError(label: label), LogBookHandler(label: label, book: book)])
        }
        return book
    }
}
