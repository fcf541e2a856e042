// SPDX-License-Identifier: Apache-2.0
public import Core
public import Logging
import Synchronization

/// Some stages that work for a camera: the watchdog watches their heartbeats, the status counts their failures. A stage
/// enters itself when it starts (`StageLoop`), so none can be forgotten.
public final class StageMonitor: Sendable {
    private let logger: Logger
    private let failed = Counter()
    private let watched = Mutex<[Heartbeat]>([])

    public init(logger: Logger) {
        self.logger = logger
    }

    /// Of the stages there are now, the oldest first.
    public var heartbeats: [Heartbeat] { watched.withLock { $0 } }

    /// Pictures that a stage could not work on; the log says why.
    public var failures: Int { failed.current }

    func makeLog() -> ThrottledLog { ThrottledLog(logger) }

    func countFailure() { failed.add() }

    func watch(_ heartbeat: Heartbeat) {
        watched.withLock { $0.append(heartbeat) }
    }

    func forget(_ heartbeat: Heartbeat) {
        watched.withLock { $0.removeAll { $0 === heartbeat } }
    }
}
