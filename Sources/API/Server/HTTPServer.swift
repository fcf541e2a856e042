// SPDX-License-Identifier: Apache-2.0
package import Core
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import Pipeline
public import ServiceLifecycle

/// The HTTP server of the box: dashboard, native API, live pictures and events.
///
/// A `Service`: runs until graceful shutdown or cancellation, and ends within about `HTTPServerSettings.shutdownGrace`.
public struct HTTPServer: Service, CustomStringConvertible {
    private let settings: HTTPServerSettings
    private let logger: Logger
    private let context: RouteContext
    private let codeProject: CodeProjectGateway
    private let connections: ConnectionRegistry
    /// So many sockets beyond the connections there may be are on their way to being refused; others wait in the kernel.
    private static let refusedAtOnce = 8
    private let onListening: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - codeProject: what answers below `/v1/`, asked with every request; nil for nothing.
    ///   - models: the store behind `/api/v1/models`; nil for none.
    ///   - firmware: the store behind `/api/v1/firmware`; nil for none.
    ///   - support: what answers `/api/v1/support` and `/api/v1/doctor`; nil for nothing.
    ///   - onListening: called once with the port the server listens on, before the first request is served.
    public init(
        settings: HTTPServerSettings, appliance: any ApplianceService,
        codeProject: @escaping @Sendable () -> CodeProjectParts? = { nil }, models: (any ModelService)? = nil,
        firmware: (any FirmwareService)? = nil, support: (any SupportService)? = nil, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.settings = settings
        self.logger = logger
        self.onListening = onListening
        context = RouteContext(
            appliance: appliance, broadcasts: BroadcastRegistry(settings: settings, logger: logger),
            snapshots: SnapshotService(limit: settings.maximumSnapshots, timeout: settings.snapshotTimeout), settings: settings,
            modelService: models, firmwareService: firmware, supportService: support)
        self.codeProject = CodeProjectGateway(appliance: appliance, parts: codeProject)
        connections = ConnectionRegistry(
            limits: .init(
                total: settings.maximumConnections,
                reservedForLoopback: min(settings.connectionsReservedForLoopback, settings.maximumConnections / 4),
                perAddress: settings.maximumConnectionsPerAddress))
    }

    public var description: String { "HTTP server on port \(settings.port) (\(settings.section))" }

    /// What the server sends live.
    package var broadcasts: BroadcastRegistry { context.broadcasts }

    /// Of the broadcasts at work.
    package var heartbeats: [Heartbeat] { context.broadcasts.heartbeats }

    /// Method and path of every route, such as `GET /api/v1/cameras/{id}`.
    package var routeNames: [String] {
        context.routes.map { "\($0.method.rawValue) \($0.pattern.path)" } + (codeProject.routes?.routeNames ?? [])
    }

    /// Serves until shutdown.
    /// - Throws: `ListenError` when the port cannot be listened on.
    public func run() async throws {
        let application = Application(
            responder: RequestRouter(
                routes: context.routes, codeProject: codeProject, visitors: OriginPolicy(settings)),
            server: server(),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), serverName: "depthd",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    settings.maximumConnections + Self.refusedAtOnce, logger: logger)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? settings.port) }, logger: logger)
        do {
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await application.run()
                } onGracefulShutdown: {
                    end()
                }
            } onCancel: {
                end()
            }
        } catch let error as IOError {
            throw refusal(error)
        } catch let error as SocketAddressError {
            throw ListenError.badHost(section: settings.section, host: settings.host, reason: "\(error)")
        }
    }

    private func server() -> HTTPServerBuilder {
        let limits = ConnectionClock.Limits(
            idle: settings.idleTimeout.nanoseconds, request: settings.requestDeadline.nanoseconds,
            stall: settings.writeStall.nanoseconds)
        return HTTPServerBuilder { responder in
            GuardedChannel(responder: responder, registry: connections, limits: limits, webSockets: context.webSockets)
        }
    }

    /// Ends live streams and waiting snapshots at once, and after the grace every connection that is left.
    private func end() {
        context.broadcasts.stop()
        context.snapshots.stop()
        let connections = connections
        MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .nanoseconds(settings.shutdownGrace.nanoseconds)) {
            connections.closeAll()
        }
    }

    private func refusal(_ error: IOError) -> any Error {
        switch error.errnoCode {
        case EADDRINUSE: ListenError.portInUse(section: settings.section, host: settings.host, port: settings.port)
        case EACCES: ListenError.portForbidden(section: settings.section, port: settings.port)
        case EADDRNOTAVAIL:
            ListenError.badHost(section: settings.section, host: settings.host, reason: "not an address of this machine")
        default: error
        }
    }
}
