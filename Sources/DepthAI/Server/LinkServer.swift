// SPDX-License-Identifier: Apache-2.0
import Core
import Glibc
package import Logging
package import Pipeline
import Synchronization

/// The server of `docs/depthai-link.md`: scripts that `import depthai` come in here.
package final class LinkServer: Sendable {
    private let appliance: any ApplianceService
    private let services: any LinkServices
    private let settings: LinkServerSettings
    private let version: String
    private let logger: Logger
    private let cache = BlobCache(capacity: 256 << 20)
    private let listeners: [ListeningSocket]
    /// Wakes the thread that accepts.
    private let waker: (read: Int32, write: Int32)
    private let state = Mutex(State())

    private struct State {
        var connections: [LinkConnection] = []
        var isClosed = false
        var acceptor: StageThread?
    }

    /// Opens the server; clients are served at once.
    /// - Throws: `LinkServerError`, with nothing opened.
    package init(
        _ settings: LinkServerSettings, appliance: any ApplianceService, services: any LinkServices, version: String,
        logger: Logger
    ) throws(LinkServerError) {
        (self.settings, self.appliance, self.services, self.version, self.logger) = (
            settings, appliance, services, version, logger
        )
        var listeners: [ListeningSocket] = []
        if let port = settings.port { listeners.append(try .tcp(host: settings.host, port: port)) }
        if let path = settings.socket { listeners.append(try .unix(path: path)) }
        self.listeners = listeners
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw LinkServerError(description: "depthai: the limit of open files is reached")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        waker = (ends[0], ends[1])
        let acceptor = StageThread(name: "depthai server") { [weak self] in
            while let self, self.acceptNext() {}
        }
        state.withLock { $0.acceptor = acceptor }
    }

    deinit {
        Glibc.close(waker.read)
        Glibc.close(waker.write)
    }

    /// The TCP port; nil without one.
    package var port: Int? { listeners.compactMap(\.port).first }

    /// Clients that are connected.
    package var clientCount: Int { state.withLock { $0.connections.count } }

    /// Ends all conversations and blocks until nothing of them is left. Never call from a Swift task.
    package func close() {
        let (connections, acceptor) = state.withLock { state in
            state.isClosed = true
            return (state.connections, state.acceptor)
        }
        var byte: UInt8 = 1
        _ = write(waker.write, &byte, 1)
        acceptor?.join()
        for listener in listeners { listener.end() }
        for connection in connections { connection.end() }
        for connection in connections { connection.join() }
    }

    /// Waits for one client, and lets it in. False once the server is closed.
    private func acceptNext() -> Bool {
        var waits = (listeners.map(\.descriptor) + [waker.read]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&waits, nfds_t(waits.count), -1) > 0 else { return errno == EINTR }
        if state.withLock({ $0.isClosed }) { return false }
        for wait in waits.dropLast() where wait.revents != 0 {
            let descriptor = accept(wait.fd, nil, nil)
            if descriptor >= 0 { admit(descriptor) } else { pause(after: errno) }
        }
        return true
    }

    /// A client that cannot be accepted stays in the queue: asking again at once would only burn a core.
    private func pause(after code: Int32) {
        guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) else { return }
        var wait = pollfd(fd: waker.read, events: Int16(POLLIN), revents: 0)
        poll(&wait, 1, Self.pauseMilliseconds)
    }

    private static let pauseMilliseconds: Int32 = 250

    private func admit(_ descriptor: Int32) {
        guard clientCount < settings.maximumClients else {
            let socket = StreamSocket(descriptor)
            let message = LinkMessage.refused(
                0, LinkRefusal("device", "the box already serves \(settings.maximumClients) clients"))
            _ = message.header.bytes.withUnsafeBytes { start in message.payload.withUnsafeBytes { socket.write([start, $0]) } }
            return socket.end()
        }
        let (appliance, services, cache, version) = (self.appliance, self.services, self.cache, self.version)
        state.withLock { state in
            let connection = LinkConnection(descriptor, logger: logger) { outbox in
                LinkSession(appliance: appliance, services: services, cache: cache, outbox: outbox, version: version)
            } onEnd: { [weak self] ended in
                self?.state.withLock { $0.connections.removeAll { $0 === ended } }
            }
            state.connections.append(connection)
        }
    }
}
