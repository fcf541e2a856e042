// SPDX-License-Identifier: Apache-2.0
public import Core
import Foundation
public import Logging
import NIOCore
import NIOPosix
public import Pipeline
import Synchronization

/// The UDP server of the box: results to whoever subscribes (`docs/udp.md`), on one thread of its own.
///
/// `open` and `run` belong to one owner; the figures may be read from anywhere.
public actor UDPServer: ResultPublisher {
    public nonisolated let name = "udp"
    private nonisolated let settings: UDPSettings
    private nonisolated let appliance: any ApplianceService
    private nonisolated let log: Logger
    private nonisolated let figures = UDPServerStatistics()
    /// From a result's entering the hub to its datagram's leaving, one measurement for each datagram.
    public nonisolated var meter: StageMeter { figures.meter }
    private var opened: Opened?

    private struct Opened {
        var group: MultiThreadedEventLoopGroup
        var channel: any Channel
        var handler: NIOLoopBound<UDPServerHandler>
    }

    public init(settings: UDPSettings, appliance: any ApplianceService, logger: Logger) {
        self.settings = settings
        self.appliance = appliance
        log = logger
    }

    /// The port the server listens on; nil while it is closed.
    public nonisolated var boundPort: Int? { figures.port }

    /// Has an errand run on the server's thread; at once while the server is closed.
    public nonisolated func errand(_ body: @escaping @Sendable () -> Void) {
        guard let loop = figures.loop else { return body() }
        loop.execute(body)
    }

    /// Subscriptions and counters, at most a quarter of a second old.
    public nonisolated func status() -> PublisherStatus { figures.status(name) }

    /// Opens the port. `run` does it where it was not done before.
    /// - Throws: `PublishError.bind` when the port cannot be had.
    public func open() async throws {
        guard opened == nil else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            opened = try await bind(settings.address, on: group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Serves until the task is cancelled; subscribers are told with BYE. A socket that fails is opened again.
    public func run() async throws {
        try await open()
        var backoff = Backoff()
        while let server = opened {
            await withTaskCancellationHandler {
                try? await server.channel.closeFuture.get()
            } onCancel: {
                server.channel.eventLoop.execute { server.handler.value.sayGoodbye() }
            }
            guard !Task.isCancelled else { break }
            let why = "The UDP socket failed; depthd is reopening it"
            figures.close(why: why)
            log.warning("\(why)")
            opened?.channel = try await reopen(server, &backoff)
        }
        await close()
    }

    private func reopen(_ server: Opened, _ backoff: inout Backoff) async throws -> any Channel {
        var address = settings.address
        address.port = server.channel.localAddress?.port ?? address.port
        while true {
            do {
                try await Task.sleep(nanoseconds: UInt64(backoff.nextDelay()))
                let next = try await bind(address, on: server.group)
                opened?.handler = next.handler
                return next.channel
            } catch is CancellationError {
                await close()
                throw CancellationError()
            } catch {
                log.warning("\(error)")
            }
        }
    }

    /// Closes the port.
    public func close() async {
        guard let server = opened else { return }
        opened = nil
        figures.close()
        try? await server.channel.close().get()
        try? await server.group.shutdownGracefully()
    }

    private nonisolated func bind(_ address: SocketAddress, on group: MultiThreadedEventLoopGroup) async throws -> Opened {
        let (settings, appliance, figures, log) = (settings, appliance, figures, log)
        let bootstrap = UDPSocket.bootstrap(on: group, isV6: address.protocol == .inet6).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = UDPServerHandler(
                    appliance: appliance, settings: settings, figures: figures, log: log, eventLoop: channel.eventLoop)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
        do {
            let channel = try await bootstrap.bind(to: address).get()
            try await TiedSocket.allowSharing(channel).get()
            let handler = try await channel.eventLoop.submit {
                NIOLoopBound(
                    try channel.pipeline.syncOperations.handler(type: UDPServerHandler.self), eventLoop: channel.eventLoop)
            }.get()
            figures.open(channel.localAddress?.port ?? 0, channel.eventLoop)
            log.info("UDP results on \(settings.host):\(figures.port ?? 0)")
            return Opened(group: group, channel: channel, handler: handler)
        } catch let error as IOError {
            throw PublishError.bind(
                host: settings.host, port: settings.port, inUse: error.errnoCode == EADDRINUSE,
                reason: String(cString: strerror(error.errnoCode)))
        }
    }
}

/// What other threads may know of the server.
final class UDPServerStatistics: Sendable {
    private struct State {
        var port: Int?
        /// Why it is closed again; empty where nothing is wrong.
        var why = ""
        var loop: (any EventLoop)?
        var subscriptions = 0
        var counters: [String: Int] = [:]
    }
    private let state = Mutex(State())
    let meter = StageMeter()

    var port: Int? { state.withLock { $0.port } }

    func status(_ name: String) -> PublisherStatus {
        state.withLock { state in
            let isOpen = state.port != nil
            return PublisherStatus(
                name: name, state: isOpen ? .running : state.why.isEmpty ? .starting : .failed, why: state.why, port: state.port,
                subscriptions: state.subscriptions, counters: state.counters)
        }
    }

    /// The server's thread while it is open.
    var loop: (any EventLoop)? { state.withLock { $0.loop } }

    func open(_ port: Int, _ loop: any EventLoop) {
        state.withLock { state in
            state.port = port
            state.why = ""
            state.loop = loop
        }
    }

    func close(why: String = "") {
        state.withLock { state in
            state.port = nil
            state.why = why
            state.loop = nil
            state.subscriptions = 0
        }
    }

    func set(subscriptions: Int, counters: [String: Int]) {
        state.withLock { state in
            state.subscriptions = subscriptions
            state.counters = counters
        }
    }
}
