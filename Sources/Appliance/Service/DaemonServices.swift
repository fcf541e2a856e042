// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Logging
import Pipeline
import ServiceLifecycle

/// The cameras as a service.
struct CameraSlotsService: Service {
    let appliance: ApplianceController

    func run() async throws {
        appliance.start()
        try? await gracefulShutdown()
        await appliance.stop()
    }
}

/// Brings what the disk did not take up to it, for as long as the daemon runs.
struct StateService: Service {
    let storage: StateStorage
    /// Between two attempts, in nanoseconds.
    private static let pause: Int64 = 10_000_000_000

    func run() async throws {
        let stop = StopSignal()
        let thread = StageThread(name: "state") { [storage] in
            while stop.sleep(until: .now().advanced(byNanoseconds: Self.pause)) { storage.retry() }
        }
        try? await gracefulShutdown()
        stop.stop()
        await BlockingThread.run("state stop") { thread.join() }
    }
}

/// The watch over all stages: the service manager is told how the daemon is until it ends.
struct WatchdogService: Service {
    let manager: ServiceManager
    let appliance: ApplianceController
    let probes: [LoopProbe]
    let health: DaemonHealth
    let logger: Logger

    func run() async throws {
        let watch = Watchdog(
            manager, logger: logger,
            heartbeats: { [appliance, probes] in
                for probe in probes { probe.ask() }
                return appliance.heartbeats + probes.map(\.heartbeat)
            }, summary: { [appliance] in appliance.summary },
            onLook: { [appliance, health] hanging in
                health.hangs = !hanging.isEmpty
                appliance.observe()
            })
        let thread = watch.start()
        try? await gracefulShutdown()
        manager.tell(.stopping)
        watch.stop()
        await BlockingThread.run("watch stop") { thread.join() }
    }
}

/// The last resort: a network that does not come back from a picture must not keep the daemon from ending.
struct ShutdownDeadlineService: Service {
    let logger: Logger
    /// Shorter than the service manager's own (TimeoutStopSec), which would say less.
    private static let patience: TimeInterval = 6

    func run() async throws {
        try? await gracefulShutdown()
        // Nobody waits for this thread: the process ends under it when all have come to rest.
        _ = StageThread(name: "deadline") { [logger] in
            Thread.sleep(forTimeInterval: Self.patience)
            logger.critical("a part does not come back from its work; depthd ends without it")
            // Without the libraries' own farewells: one of them is at work.
            _exit(1)
        }
    }
}

/// The status light as a service: dark when the daemon has ended.
struct StatusLightService: Service {
    let light: StatusLight
    /// Name of the light; empty for none.
    let name: String

    func run() async throws {
        await BlockingThread.run("light on") { light.set(name) }
        try? await gracefulShutdown()
        await BlockingThread.run("light off") { light.set("") }
    }
}
