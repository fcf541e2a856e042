// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle

/// A server that a reload opens anew with other settings while everything else goes on.
actor ReplaceableServer<Configuration: Sendable>: Service {
    /// Ends what an open server does; returns when its port is free.
    typealias Close = @Sendable () async -> Void
    /// To be told when a server ends though nobody has closed it; the daemon ends then.
    typealias Fail = @Sendable (any Error) -> Void

    /// Why other settings are not in force.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private let open: @Sendable (Configuration, @escaping Fail) async throws -> Close?
    private let onOpen: @Sendable () -> Void
    private let failures: AsyncStream<any Error>
    private let fail: Fail
    private var configuration: Configuration
    private var close: Close?
    private var starting: Task<Void, any Error>?
    private var hasEnded = false

    /// - Parameters:
    ///   - onOpen: called once, when the server is open for the first time.
    ///   - open: opens a server; nil for settings that want none.
    init(
        _ configuration: Configuration, onOpen: @escaping @Sendable () -> Void = {},
        open: @escaping @Sendable (Configuration, @escaping Fail) async throws -> Close?
    ) {
        (self.configuration, self.onOpen, self.open) = (configuration, onOpen, open)
        let (failures, failure) = AsyncStream.makeStream(of: (any Error).self)
        self.failures = failures
        fail = { failure.yield($0) }
    }

    /// Opens the server. `run` does it where it was not done before.
    func start() async throws {
        if starting == nil {
            starting = Task {
                close = try await open(configuration, fail)
                onOpen()
            }
        }
        try await starting?.value
    }

    /// Serves until the daemon ends.
    /// - Throws: what has ended a server before.
    func run() async throws {
        try await start()
        for await failure in failures.cancelOnGracefulShutdown() { throw failure }
        hasEnded = true
        await close?()
    }

    /// Closes the server and opens one with other settings; where that cannot be, the old one is opened again.
    func apply(_ next: Configuration) async throws(Refusal) {
        // A reload may come before the server is open. If it cannot be opened, `run` says so.
        try? await start()
        await close?()
        close = nil
        do {
            close = try await open(next, fail)
            configuration = next
        } catch {
            let problem = "\(error)"
            do {
                close = try await open(configuration, fail)
            } catch {
                throw Refusal(description: "\(problem); and with the old ones it cannot be opened again: \(error)")
            }
            throw Refusal(description: problem)
        }
        // The daemon was told to end meanwhile.
        if hasEnded { await close?() }
    }
}

extension ReplaceableServer where Configuration: Equatable {
    /// Like `apply`, but leaves a server alone whose settings are the same.
    func applyChange(_ next: Configuration) async throws(Refusal) {
        if next != configuration { try await apply(next) }
    }
}
