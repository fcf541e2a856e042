// SPDX-License-Identifier: Apache-2.0
package import Core
package import Logging

/// Looks at the heartbeats of all stages and feeds the watchdog only while every one of them is fresh: a daemon of which a
/// part hangs is ended by its service manager and started again.
package final class Watchdog: Sendable {
    private let manager: ServiceManager
    private let heartbeats: @Sendable () -> [Heartbeat]
    private let summary: @Sendable () -> String
    private let onLook: @Sendable (Set<String>) -> Void
    private let logger: Logger
    /// What one piece of work may take, in nanoseconds.
    private let limit: Int64
    private let pause: Int64
    private let stopSignal = StopSignal()

    /// What one piece of work may take where nobody watches.
    private static let usualLimit: Int64 = 20_000_000_000
    private static let usualPause: Int64 = 2_000_000_000

    /// - Parameters:
    ///   - heartbeats: of the stages there are at the moment of the call.
    ///   - summary: one line for people on how the daemon is.
    ///   - onLook: is told at every look which stages hang.
    package init(
        _ manager: ServiceManager, logger: Logger, heartbeats: @escaping @Sendable () -> [Heartbeat],
        summary: @escaping @Sendable () -> String, onLook: @escaping @Sendable (Set<String>) -> Void = { _ in }
    ) {
        self.manager = manager
        self.logger = logger
        self.heartbeats = heartbeats
        self.summary = summary
        self.onLook = onLook
        // A stage is given the watchdog's own time; then the watchdog has its turn.
        limit = manager.watchdog ?? Self.usualLimit
        pause = min(limit / 4, Self.usualPause)
    }

    /// Watches until `stop`, on a thread of its own.
    package func start() -> StageThread {
        StageThread(name: "watch") { [self] in
            var look = Look()
            repeat { take(&look, at: .now()) } while stopSignal.sleep(until: .now().advanced(byNanoseconds: pause))
        }
    }

    package func stop() {
        stopSignal.stop()
    }

    /// What was said last, so that nothing is said twice.
    package struct Look {
        var status = ""
        var hanging: Set<String> = []
        package init() {}
    }

    /// One look at all stages.
    package func take(_ look: inout Look, at now: Timestamp) {
        let overdue = heartbeats().filter { $0.overdue(at: now, limit: limit) != nil }
        let hanging = Set(overdue.map(\.stage))
        for stage in hanging.subtracting(look.hanging).sorted() {
            logger.critical("\(stage) hangs\(manager.watchdog == nil ? "" : ": the watchdog is not fed any more")")
        }
        for stage in look.hanging.subtracting(hanging).sorted() { logger.warning("\(stage) works again") }
        look.hanging = hanging
        onLook(hanging)
        let status = hanging.isEmpty ? summary() : "hanging: \(hanging.sorted().joined(separator: ", "))"
        if status != look.status { manager.tell(.status(status)) }
        look.status = status
        if hanging.isEmpty, manager.watchdog != nil { manager.tell(.alive) }
    }
}
