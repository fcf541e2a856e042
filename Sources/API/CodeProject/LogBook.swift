// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import Logging
import Synchronization

/// The last lines of the daemon's log, for clients that show them.
public final class LogBook: Sendable {
    /// One line.
    public struct Entry: Sendable, Hashable {
        /// Counts from 1 and never repeats.
        public var id: Int
        public var time: Date
        public var text: String
        public var level: Logger.Level
        /// What the line is about, such as `Server` or a client's own word.
        public var category: String
        public var label: String
    }

    private let capacity: Int
    private let state = Mutex<(entries: [Entry], nextID: Int)>(([], 1))

    /// - Parameter capacity: lines kept, the oldest go first.
    public init(capacity: Int = 2000) {
        self.capacity = max(1, capacity)
    }

    /// Writes a line; of long ones the beginning.
    public func write(_ text: String, level: Logger.Level, category: String, label: String = "") {
        let time = Date()
        state.withLock { state in
            if state.entries.count == capacity { state.entries.removeFirst() }
            state.entries.append(
                Entry(
                    id: state.nextID, time: time, text: String(text.prefix(1000)), level: level,
                    category: String(category.prefix(64)), label: String(label.prefix(64))))
            state.nextID += 1
        }
    }

    /// The newest `count` lines behind the line `id`, oldest first.
    public func entries(after id: Int, count: Int) -> [Entry] {
        state.withLock { Array($0.entries.filter { $0.id > id }.suffix(max(0, count))) }
    }
}

/// Writes the daemon's own log into a `LogBook`.
public struct LogBookHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    private let book: LogBook
    private let label: String

    public init(label: String, book: LogBook) {
        self.label = label
        self.book = book
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        book.write(
            details.isEmpty ? "\(event.message)" : "\(event.message) (\(details))", level: event.level, category: "Server",
            label: label)
    }
}
