// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import Logging
import Synchronization
import Tasks

/// The state directory in use: hands out its documents, keeps in memory what cannot be written now, and tells what is wrong.
///
/// No state of the disk ends the daemon: a damaged file is set aside by name, and a disk that is read-only or full only
/// makes changes forgetful until it is not.
public final class StateStorage: Sendable {
    public let directory: StateDirectory
    private let logger: Logger?
    private let now: @Sendable () -> Date
    private let state = Mutex(State())
    /// Keeps writes in their order: what names a file is written after that file.
    private let writing = Mutex(())

    private struct State {
        /// In the order in which they are to be written.
        var waiting: [Waiting] = []
        var nextTicket = 0
        /// Of documents, by name: why they could not be written last.
        var failures: [String: PersistenceFailure] = [:]
        /// What was found damaged since the start.
        var notices: [String] = []
    }

    /// A change that is in force and not on the disk yet.
    private struct Waiting {
        var name: String
        /// Tells it from a later change of the same name, which may come while this one is being written.
        var ticket: Int
        /// nil for those who write by themselves.
        var bytes: [UInt8]?
        var attempt: @Sendable () throws(PersistenceFailure) -> Void
    }

    /// - Parameters:
    ///   - logger: is told of every piece of trouble once; nil where `problems` are all that is wanted.
    ///   - now: names the date of a file that is set aside.
    public init(
        _ directory: StateDirectory, logger: Logger? = nil, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.directory = directory
        self.logger = logger
        self.now = now
    }

    /// A file below the directory, which is read and written through this document only.
    /// - Parameter maximumBytes: neither written nor read beyond this size.
    package func document(_ name: String, maximumBytes: Int) -> StateDocument {
        StateDocument(storage: self, name: name, maximumBytes: maximumBytes)
    }

    /// Makes the directory and removes what an interrupted process left behind. To be called once, when a daemon starts.
    public func prepare() {
        do {
            try directory.make()
        } catch {
            logger?.error("\(error)")
            return
        }
        let count = StateSweep.run(directory.path)
        if count > 0 { logger?.notice("removed \(count) unfinished \(count == 1 ? "file" : "files") from the state directory") }
    }

    /// What an owner should know, one sentence each, without paths of the box.
    public var problems: [String] {
        let state = self.state.withLock { $0 }
        let unkept = state.waiting.map(\.name)
        if let obstacle = DiskCondition.obstacle(directory.path) {
            return ["nothing can be kept, changes are forgotten at the next start: \(obstacle)"] + state.notices
        }
        let failures = state.failures.sorted { $0.key < $1.key }.map { name, failure in
            unkept.contains(name)
                ? "\(name) cannot be written, its changes are forgotten at the next start: \(failure)"
                : "\(name) could not be written: \(failure)"
        }
        return failures + state.notices
    }

    // MARK: For documents

    /// What waits to be written under a name.
    func waiting(_ name: String) -> [UInt8]? {
        state.withLock { state in state.waiting.last { $0.name == name }?.bytes }
    }

    /// Puts a change behind those that wait, and tries to write all of them.
    func keep(
        _ name: String, bytes: [UInt8]?, _ attempt: @escaping @Sendable () throws(PersistenceFailure) -> Void
    ) {
        state.withLock { state in
            state.waiting.removeAll { $0.name == name }
            state.waiting.append(Waiting(name: name, ticket: state.nextTicket, bytes: bytes, attempt: attempt))
            state.nextTicket += 1
        }
        retry()
    }

    /// Nobody wants this any more.
    func forget(_ name: String) {
        state.withLock { state in
            state.waiting.removeAll { $0.name == name }
            state.failures[name] = nil
        }
    }

    /// Names of what waits to be written.
    package var waitingNames: [String] { state.withLock { $0.waiting.map(\.name) } }

    /// Tries to write what waits. Blocks for as long as the disk does.
    package func retry() {
        writing.withLock { _ in
            while let next = state.withLock({ $0.waiting.first }) {
                do throws(PersistenceFailure) {
                    try next.attempt()
                    written(next.name, nil)
                } catch {
                    return written(next.name, error)
                }
                state.withLock { state in state.waiting.removeAll { $0.ticket == next.ticket } }
            }
        }
    }

    /// What became of an attempt to write.
    func written(_ name: String, _ failure: PersistenceFailure?) {
        let before = state.withLock { state -> PersistenceFailure? in
            let before = state.failures[name]
            state.failures[name] = failure
            return before
        }
        guard before != failure else { return }
        if let failure {
            logger?.error("\(name) cannot be written: \(failure)", metadata: ["directory": "\(directory.path)"])
        } else {
            logger?.notice("\(name) is kept again")
        }
    }

    /// Moves a damaged file away under a name with its date.
    /// - Parameter companions: what its name is followed by in files that mean nothing without it.
    func setAside(_ name: String, _ reason: String, companions: [String] = []) {
        let moved = DamagedFile.setAside(directory.file(name), companions: companions, now: now())
        let notice =
            moved.map { "\(name) was damaged (\(reason)) and is set aside as \($0): what it held is not in force" }
            ?? "\(name) is damaged (\(reason)) and cannot be set aside: what it holds is not in force"
        state.withLock { $0.notices.append(notice) }
        logger?.error("\(notice)", metadata: ["directory": "\(directory.path)"])
    }
}
