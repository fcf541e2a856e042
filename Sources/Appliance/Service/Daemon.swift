// SPDX-License-Identifier: Apache-2.0
public import API
import Core
import DepthAI
import Foundation
public import Logging
import NIOPosix
import Pipeline
import Publish
import ServiceLifecycle
public import Settings
import Tasks
import UnixSignals

/// The daemon: the box with its servers, until a signal ends it.
public struct Daemon: Sendable {
    private let settings: Settings
    private let reload: @Sendable () throws -> Settings
    private let announce: @Sendable (String) -> Void
    private let log: LogBook
    private let logger: Logger
    private let manager: ServiceManager

    /// - Parameters:
    ///   - log: what clients are told when they ask for the log.
    ///   - settings: read and checked.
    ///   - manager: is told what becomes of the daemon.
    ///   - reload: reads the settings again; called on SIGHUP.
    ///   - announce: is told the dashboard's address once the server is open.
    public init(
        settings: Settings, log: LogBook = LogBook(), logger: Logger, manager: ServiceManager = ServiceManager(),
        reload: @escaping @Sendable () throws -> Settings, announce: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.log = log
        self.logger = logger
        self.manager = manager
        self.reload = reload
        self.announce = announce
    }

    /// Runs until SIGTERM or SIGINT, or until a server cannot be opened.
    /// - Throws: what kept a server from opening, in words for the owner; `SettingsError` for a pipeline that cannot be read.
    public func run() async throws {
        DescriptorLimit.raise()
        await DescriptorLimit.openLibraries()
        let storage = StateStorage(StateDirectory(settings.state), logger: logger)
        storage.prepare()
        let appliance = try ApplianceController(settings, storage: storage, logger: logger)
        let answers = taskServer(storage)
        let health = DaemonHealth()
        let codeProject = answers.flatMap { settings.codeProject.port >= 0 ? $0 : nil }
        let publishers = try DaemonPublishers.enabled(by: settings, appliance: appliance, logger: logger)
        let latch = ReadinessLatch(1 + (codeProject == nil ? 0 : 1) + publishers.count) { [manager] in
            health.isOpen = true
            manager.tell(.ready)
        }
        let light = StatusLight(logger: logger) { appliance.light(isOpen: health.isOpen, hangs: health.hangs) }
        var services: [any Service] = [
            CameraSlotsService(appliance: appliance), StatusLightService(light: light, name: settings.statusLight),
            ReloadService(appliance: appliance, light: light, reload: reload, manager: manager, logger: logger),
            StateService(storage: storage),
            httpServer(appliance, answers, storage, latch),
        ]
        if let answers { services.append(TaskSchedulerService(scheduler: answers.scheduler)) }
        if let codeProject { services.append(codeProjectServer(appliance, codeProject, latch)) }
        var probes = LoopProbe.all(MultiThreadedEventLoopGroup.singleton)
        services.append(publishersService(publishers, appliance, latch))
        probes += publishers.map { publisher in LoopProbe(publisher.name) { publisher.errand($0) } }
        if settings.depthAI.enabled { services.append(LinkServerService(server: try linkServer(appliance, storage))) }
        services.append(WatchdogService(manager: manager, appliance: appliance, probes: probes, health: health, logger: logger))
        // The last is told first.
        services.append(ShutdownDeadlineService(logger: logger))
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Two seconds from SIGTERM to the end: what has not ended by then is cancelled.
        configuration.maximumGracefulShutdownDuration = .milliseconds(1500)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// What answers below `/v1/`; nil when the settings want none.
    private func taskServer(_ storage: StateStorage) -> TaskServer? {
        guard settings.codeProject.enabled else { return nil }
        return TaskServer(settings, storage: storage, store: ModelStore(storage), log: log)
    }

    private func modelStoreService(_ answers: TaskServer?, _ storage: StateStorage) -> ModelStoreService {
        ModelStoreService(
            store: answers?.store ?? ModelStore(storage), storage: storage, settings: settings.models, models: answers?.models)
    }

    /// The port on which programs expect CodeProject.AI.
    private func codeProjectServer(_ appliance: ApplianceController, _ answers: TaskServer, _ latch: ReadinessLatch)
        -> some Service
    {
        let (http, port) = (settings.http, settings.codeProject.port)
        let maximumConnections = maximumConnections
        let logger = self.logger
        return HTTPServer(
            settings: HTTPServerSettings(
                offer: .codeProject, section: "codeproject", host: http.host, port: http.port == 0 ? 0 : port,
                maximumConnections: maximumConnections, maximumConnectionsPerAddress: maximumConnections,
                idleTimeout: .seconds(http.idleTimeoutSeconds), allowedOrigins: http.allowedOrigins,
                allowedHosts: http.allowedHosts),
            appliance: appliance, codeProject: answers.parts, logger: logger
        ) { port in
            appliance.opened("codeproject", port: port)
            logger.notice("CodeProject.AI answers", metadata: ["port": "\(port)"])
            latch.opened()
        }
    }

    /// The settings' figure, or less where the process may not have so many sockets.
    private var maximumConnections: Int {
        let servers = settings.codeProject.enabled && settings.codeProject.port >= 0 ? 2 : 1
        return min(settings.http.maximumConnections, DescriptorLimit.connections(perServer: servers))
    }

    private func httpServer(
        _ appliance: ApplianceController, _ answers: TaskServer?, _ storage: StateStorage, _ latch: ReadinessLatch
    ) -> some Service {
        let http = settings.http
        let announce = self.announce
        let parts = SupportParts(appliance: appliance, log: log)
        let support = SupportBundler(parts: { parts.all }, findings: parts.findings, secrets: { appliance.secrets })
        let server = HTTPServer(
            settings: HTTPServerSettings(
                host: http.host, port: http.port, maximumConnections: maximumConnections,
                idleTimeout: .seconds(http.idleTimeoutSeconds), maximumViewers: http.maximumViewers,
                allowedOrigins: http.allowedOrigins, allowedHosts: http.allowedHosts,
                hubStreams: http.hubStreams == .array ? .array : .object),
            appliance: appliance, codeProject: answers?.parts, models: modelStoreService(answers, storage), support: support,
            logger: logger
        ) { port in
            appliance.opened("http", port: port)
            let host = ["0.0.0.0", "::", ""].contains(http.host) ? "127.0.0.1" : http.host
            announce("http://\(host):\(port)/")
            latch.opened()
        }
        appliance.setLive(status: { server.broadcasts.status }, heartbeats: { server.heartbeats })
        return server
    }

    /// The server for scripts that `import depthai`.
    private func linkServer(_ appliance: ApplianceController, _ storage: StateStorage) throws -> LinkServer {
        let (link, logger) = (settings.depthAI, self.logger)
        let services = ApplianceLinkServices(models: ModelLoader(settings), eeproms: EEPROMFolder(storage))
        // Port 0 of the dashboard means a daemon beside another one: nothing of it has a fixed place.
        let isBeside = settings.http.port == 0
        let port = link.port < 0 ? nil : isBeside ? 0 : link.port
        let socket = LinkSocketPath.path(
            isBeside && link.socket == "auto" ? "none" : link.socket, environment: ProcessInfo.processInfo.environment,
            isRoot: geteuid() == 0)
        let server = try LinkServer(
            LinkServerSettings(
                host: link.host, port: port, socket: socket, maximumClients: link.maximumClients),
            appliance: appliance, services: services, version: Version.current, logger: logger)
        if let port = server.port { appliance.opened("depthai", port: port) }
        if let port = server.port { logger.notice("depthai scripts find the box", metadata: ["port": "\(port)"]) }
        return server
    }

    private func publishersService(
        _ publishers: [any ResultPublisher], _ appliance: ApplianceController, _ latch: ReadinessLatch
    ) -> some Service {
        let registry = PublisherRegistry(publishers, logger: logger)
        appliance.setPublishers { registry.statuses }
        return PublishersService(registry: registry) { publisher in
            if let port = publisher.port { appliance.opened(publisher.name, port: port) }
            latch.opened()
        }
    }
}
