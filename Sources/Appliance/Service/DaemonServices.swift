// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Foundation
import Logging
import Pipeline
import Publish
import ServiceLifecycle
import Tasks

/// The cameras as a service.
struct CameraSlotsService: Service {
    let box: ApplianceController

    func run() async throws {
        box.start()
        try? await gracefulShutdown()
        await box.stop()
    }
}

/// The desk as a service: questions that wait are answered when the daemon ends.
struct TaskSchedulerService: Service {
    let desk: TaskScheduler

    func run() async throws {
        try? await gracefulShutdown()
        // A question under way may take longer than the daemon has: then it is not waited for.
        let closed = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
        _ = StageThread(name: "desk close") {
            desk.close()
            closed.offer(())
        }
        _ = await closed.receive()
    }
}

/// The UDP door as a service: it runs until its task is cancelled.
struct UDPServerService: Service {
    let door: UDPServer
    let onOpen: @Sendable () -> Void

    func run() async throws {
        try await door.open()
        onOpen()
        try await cancelWhenGracefulShutdown { try await door.run() }
    }
}

/// The door for depthai scripts as a service: it is open from the start, and closed when the daemon ends.
struct LinkServerService: Service {
    let door: LinkServer

    func run() async throws {
        try? await gracefulShutdown()
        await BlockingThread.run("depthai close") { door.close() }
    }
}

/// The watch over all stages: the service manager is told how the daemon is until it ends.
struct WatchdogService: Service {
    let manager: ServiceManager
    let box: ApplianceController
    let probes: [LoopProbe]
    let mood: DaemonHealth
    let logger: Logger

    func run() async throws {
        let watch = Watchdog(
            manager, logger: logger,
            heartbeats: { [box, probes] in
                for probe in probes { probe.ask() }
                return box.heartbeats + probes.map(\.heartbeat)
            }, summary: { [box] in box.summary },
            onLook: { [box, mood] hanging in
                mood.hangs = !hanging.isEmpty
                box.observe()
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
