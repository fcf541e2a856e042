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

/// The daemon: the box with its doors, until a signal ends it.
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
    ///   - announce: is told the dashboard's address once the door is open.
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

    /// Runs until SIGTERM or SIGINT, or until a door cannot be opened.
    /// - Throws: what kept a door from opening, in words for the owner; `SettingsError` for a pipeline that cannot be read.
    public func run() async throws {
        let box = try ApplianceController(settings, logger: logger)
        let answers = try answerRoom()
        let mood = DaemonHealth()
        let codeProject = answers.flatMap { settings.codeProject.port >= 0 ? $0 : nil }
        let doors = ReadinessLatch(1 + (codeProject == nil ? 0 : 1) + (settings.udp.enabled ? 1 : 0)) { [manager] in
            mood.isOpen = true
            manager.tell(.ready)
        }
        let light = StatusLight(logger: logger) { box.light(isOpen: mood.isOpen, hangs: mood.hangs) }
        var services: [any Service] = [
            CameraSlotsService(box: box), StatusLightService(light: light, name: settings.statusLight),
            ReloadService(box: box, light: light, reload: reload, manager: manager, logger: logger),
            httpDoor(box, answers, doors),
        ]
        if let answers { services.append(TaskSchedulerService(desk: answers.desk)) }
        if let codeProject { services.append(codeProjectDoor(box, codeProject, doors)) }
        var probes = LoopProbe.all(MultiThreadedEventLoopGroup.singleton)
        if settings.udp.enabled {
            let door = try udpDoor(box)
            services.append(
                UDPServerService(door: door) {
                    box.opened("udp", port: door.status().port)
                    doors.opened()
                })
            probes.append(LoopProbe("udp") { door.errand($0) })
        }
        if settings.depthAI.enabled { services.append(LinkServerService(door: try linkDoor(box))) }
        services.append(WatchdogService(manager: manager, box: box, probes: probes, mood: mood, logger: logger))
        // The last is told first.
        services.append(ShutdownDeadlineService(logger: logger))
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Two seconds from SIGTERM to the end: what has not ended by then is cancelled.
        configuration.maximumGracefulShutdownDuration = .milliseconds(1500)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// What answers below `/v1/`; nil when the settings want none.
    private func answerRoom() throws(SettingsError) -> TaskServer? {
        guard settings.codeProject.enabled else { return nil }
        let state = StateDirectory(settings.state)
        return try TaskServer(settings, state: state, store: ModelStore(state), log: log, logger: logger)
    }

    private func storeDoor(_ answers: TaskServer?) -> ModelStoreService {
        let state = StateDirectory(settings.state)
        return ModelStoreService(
            store: answers?.store ?? ModelStore(state), state: state, settings: settings.models, models: answers?.models)
    }

    /// The port on which programs expect CodeProject.AI.
    private func codeProjectDoor(_ box: ApplianceController, _ answers: TaskServer, _ doors: ReadinessLatch) -> some Service {
        let (http, port) = (settings.http, settings.codeProject.port)
        let logger = self.logger
        return HTTPServer(
            settings: HTTPServerSettings(
                offer: .codeProject, section: "codeproject", host: http.host, port: http.port == 0 ? 0 : port,
                maximumConnections: http.maximumConnections, maximumConnectionsPerAddress: http.maximumConnections,
                idleTimeout: .seconds(http.idleTimeoutSeconds), allowedOrigins: http.allowedOrigins,
                allowedHosts: http.allowedHosts),
            box: box, codeProject: answers.parts, logger: logger
        ) { port in
            box.opened("codeproject", port: port)
            logger.notice("CodeProject.AI answers", metadata: ["port": "\(port)"])
            doors.opened()
        }
    }

    private func httpDoor(_ box: ApplianceController, _ answers: TaskServer?, _ doors: ReadinessLatch) -> some Service {
        let http = settings.http
        let announce = self.announce
        let parts = SupportParts(box: box, log: log)
        let support = SupportBundler(parts: { parts.all }, findings: parts.findings, secrets: { box.secrets })
        return HTTPServer(
            settings: HTTPServerSettings(
                host: http.host, port: http.port, maximumConnections: http.maximumConnections,
                idleTimeout: .seconds(http.idleTimeoutSeconds), maximumViewers: http.maximumViewers,
                allowedOrigins: http.allowedOrigins, allowedHosts: http.allowedHosts,
                hubStreams: http.hubStreams == .array ? .array : .object),
            box: box, codeProject: answers?.parts, models: storeDoor(answers), support: support, logger: logger
        ) { port in
            box.opened("http", port: port)
            let host = ["0.0.0.0", "::", ""].contains(http.host) ? "127.0.0.1" : http.host
            announce("http://\(host):\(port)/")
            doors.opened()
        }
    }

    /// The door for scripts that `import depthai`.
    private func linkDoor(_ box: ApplianceController) throws -> LinkServer {
        let (link, logger) = (settings.depthAI, self.logger)
        let room = ApplianceLinkServices(models: ModelLoader(settings), eeproms: EEPROMFolder(StateDirectory(settings.state)))
        // Port 0 of the dashboard means a daemon beside another one: nothing of it has a fixed place.
        let isBeside = settings.http.port == 0
        let port = link.port < 0 ? nil : isBeside ? 0 : link.port
        let socket = LinkSocketPath.path(
            isBeside && link.socket == "auto" ? "none" : link.socket, environment: ProcessInfo.processInfo.environment,
            isRoot: geteuid() == 0)
        let door = try LinkServer(
            LinkServerSettings(
                host: link.host, port: port, socket: socket, maximumClients: link.maximumClients),
            box: box, services: room, version: Version.current, logger: logger)
        if let port = door.port { box.opened("depthai", port: port) }
        if let port = door.port { logger.notice("depthai scripts find the box", metadata: ["port": "\(port)"]) }
        return door
    }

    private func udpDoor(_ box: ApplianceController) throws -> UDPServer {
        let udp = try udpSettings()
        let door = UDPServer(settings: udp, box: box, logger: logger)
        box.setUDPStatus { door.status() }
        return door
    }

    private func udpSettings() throws(SettingsError) -> UDPSettings {
        var udp = UDPSettings()
        udp.host = settings.udp.host
        udp.port = settings.udp.port
        udp.allow = settings.udp.allow
        udp.targets = settings.udp.targets
        udp.maximumSubscriptions = settings.udp.maximumSubscriptions
        udp.multicast = settings.udp.multicast
        udp.multicastInterface = settings.udp.multicastInterface
        do {
            udp.key = try SharedKeyFile.read(settings.udp.keyFile)
        } catch {
            throw SettingsError(document: "settings", path: "udp.key_file", problem: error.description)
        }
        do {
            try udp.validate()
        } catch {
            guard case .setting(let field, let problem) = error else {
                throw SettingsError(document: "settings", path: "udp", problem: error.description)
            }
            throw SettingsError(document: "settings", path: field, problem: problem)
        }
        return udp
    }
}
