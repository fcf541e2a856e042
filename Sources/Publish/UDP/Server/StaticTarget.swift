// SPDX-License-Identifier: Apache-2.0
import Core
import NIOCore
import NIOPosix

/// A receiver from the settings, which only listens. Lives on the server's event loop.
final class StaticTarget {
    /// Where datagrams go.
    enum Destination {
        case host(String, port: Int)
        case group(MulticastGroup)
    }

    let destination: Destination
    let lease: Int
    var isConnecting = false
    private(set) var channel: (any Channel)?
    private var backoff = Backoff(firstNanoseconds: 1_000_000_000, longestNanoseconds: 30_000_000_000)
    private var pausedUntil: Timestamp?
    private var openedAt: Timestamp?

    /// Without complaint for so long, a target counts as listening.
    private static let provenNanoseconds: Int64 = 2_000_000_000

    init(_ destination: Destination, lease: Int) {
        self.destination = destination
        self.lease = lease
    }

    /// A group has no ACCEPT that a late listener could wait for: it is told the streams each second.
    var isGroup: Bool { if case .group = destination { true } else { false } }

    /// Opens a socket tied to the destination.
    func connect(on eventLoop: any EventLoop, handler: TiedSocketHandler) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(handler, eventLoop: eventLoop)
        func bootstrap(
            isV6: Bool, configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
        ) -> DatagramBootstrap {
            UDPSocket.bootstrap(on: eventLoop, isV6: isV6).channelInitializer { channel in
                configure(channel).flatMapThrowing { try channel.pipeline.syncOperations.addHandler(bound.value) }
            }
        }
        switch destination {
        case .host(let host, let port):
            return bootstrap(isV6: host.contains(":")) { $0.eventLoop.makeSucceededVoidFuture() }.connect(host: host, port: port)
        case .group(let group):
            return bootstrap(isV6: group.address.protocol == .inet6, configure: group.configure).connect(to: group.address)
        }
    }

    func wantsConnection(at now: Timestamp) -> Bool {
        channel == nil && !isConnecting && pausedUntil.map { now >= $0 } ?? true
    }

    func open(_ connection: any Channel, at now: Timestamp) {
        isConnecting = false
        channel = connection
        openedAt = now
    }

    /// Closes the way to the target until the back-off is over. Returns false when it was closed before.
    func pause(at now: Timestamp) -> Bool {
        guard channel != nil || isConnecting else { return false }
        if let openedAt, now.nanoseconds(since: openedAt) > StaticTarget.provenNanoseconds { backoff.reset() }
        let old = channel
        channel = nil
        openedAt = nil
        isConnecting = false
        pausedUntil = now.advanced(byNanoseconds: backoff.nextDelay())
        old?.close(promise: nil)
        return true
    }
}
