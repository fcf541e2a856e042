// SPDX-License-Identifier: Apache-2.0
public import API
public import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The daemon: the box with its servers, until a signal ends it.
public struct Daemon: Sendable {
    /// Of the start.
    let settings: ApplianceSettings
    private let reload: @Sendable () throws -> ApplianceSettings
    private let announce: @Sendable (String) -> Void
    private let log: LogBook
    let logger: Logger
    private let manager: ServiceManager

    /// - Parameters:
    ///   - log: what clients are told when they ask for the log.
    ///   - settings: read and checked.
    ///   - manager: is told what becomes of the daemon.
    ///   - reload: reads the settings again; called on SIGHUP.
    ///   - announce: is told the dashboard's address once the server is open.
    public init(
        settings: ApplianceSettings, log: LogBook = LogBook(), logger: Logger, manager: ServiceManager = ServiceManager(),
        reload: @escaping @Sendable () throws -> ApplianceSettings, announce: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.log = log
        self.logger = logger
        self.manager = manager
        self.reload = reload
        self.announce = announce
    }

    /// Runs until SIGTERM or SIGINT, or until a server cannot be opened.
    /// - Throws: what kept a server from opening, in words for the owner.
    public func run() async throws {
        DescriptorLimit.raise()
        await DescriptorLimit.openLibraries()
        let storage = StateStorage(StateDirectory(settings.state), logger: logger)
        storage.prepare()
        let appliance = ApplianceController(settings, storage: storage, logger: logger)
        let store = ModelStore(storage)
        let tasks = TaskServer(settings, storage: storage, store: store, log: log)
        let health = DaemonHealth()
        // HTTP, CodeProject.AI and each publisher.
        let latch = ReadinessLatch(2 + PublisherKind.all.count) { [manager] in
            health.isOpen = true
            manager.tell(.ready)
        }
        let light = StatusLight(logger: logger) { appliance.light(isOpen: health.isOpen, hangs: health.hangs) }
        let publishers = publishers(appliance) { latch.opened() }
        let codeProject = codeProjectServer(appliance, tasks) { latch.opened() }
        let link = linkServer(appliance, storage)
        try await link.start()
        let live: [LiveSection] =
            [
                .codeProject(codeProject, tasks), .depthAI(link), .log, .models(tasks), .runtime(tasks), .statusLight(light),
            ] + publishers.map(LiveSection.publisher)
        let probes = LoopProbe.all(MultiThreadedEventLoopGroup.singleton) + publishers.map(\.probe)
        var services: [any Service] = [
            CameraSlotsService(appliance: appliance), StatusLightService(light: light, name: settings.statusLight),
            ReloadService(appliance: appliance, live: live, reload: reload, manager: manager, logger: logger),
            StateService(storage: storage), httpServer(appliance, tasks, store, storage) { latch.opened() }, tasks, codeProject,
            link,
        ]
        services += publishers.map(\.server)
        // The last is told first: the manager hears that the daemon stops before anything does.
        services += [
            WatchdogService(manager: manager, appliance: appliance, probes: probes, health: health, logger: logger),
            ShutdownDeadlineService(logger: logger),
        ]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Two seconds from SIGTERM to the end: what has not ended by then is cancelled.
        configuration.maximumGracefulShutdownDuration = .milliseconds(1500)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// The dashboard's server. Its settings are those of the start.
    private func httpServer(
        _ appliance: ApplianceController, _ tasks: TaskServer, _ store: ModelStore, _ storage: StateStorage,
        onOpen: @escaping @Sendable () -> Void
    ) -> some Service {
        let settings = httpSettings
        let announce = self.announce
        let parts = SupportParts(appliance: appliance, log: log)
        let support = SupportBundler(parts: { parts.all }, findings: parts.findings, secrets: { appliance.secrets })
        let models = ModelStoreService(
            store: store, storage: storage, settings: { appliance.settings.models }, onChange: { tasks.refreshModels() })
        let firmware = FirmwareStoreService(storage) { appliance.firmwareArrived() }
        let server = HTTPServer(
            settings: settings, appliance: appliance, codeProject: { tasks.parts }, models: models, firmware: firmware,
            support: support, logger: logger
        ) { port in
            appliance.opened("http", port: port)
            let host = ["0.0.0.0", "::", ""].contains(settings.host) ? "127.0.0.1" : settings.host
            announce("http://\(host):\(port)/")
            onOpen()
        }
        appliance.setLive(status: { server.broadcasts.status }, heartbeats: { server.heartbeats })
        return server
    }

    /// The settings' own, with fewer connections where the process may not have so many sockets.
    var httpSettings: HTTPServerSettings {
        var http = settings.http
        http.maximumConnections = min(http.maximumConnections, DescriptorLimit.connections(perServer: Self.httpServers))
        return http
    }

    /// This one and the one for CodeProject.AI, which a reload may open.
    private static let httpServers = 2
}
