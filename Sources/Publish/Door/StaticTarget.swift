// SPDX-License-Identifier: Apache-2.0
import Core
import NIOCore

/// A receiver from the settings, which only listens. Lives on the door's event loop.
final class StaticTarget {
    let host: String
    let port: Int
    let lease: Int
    var isConnecting = false
    private(set) var channel: (any Channel)?
    private var backoff = Backoff(firstNanoseconds: 1_000_000_000, longestNanoseconds: 30_000_000_000)
    private var pausedUntil: Timestamp?
    private var openedAt: Timestamp?

    /// Without complaint for so long, a target counts as listening.
    private static let provenNanoseconds: Int64 = 2_000_000_000

    init(host: String, port: Int, lease: Int) {
        self.host = host
        self.port = port
        self.lease = lease
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

/// Passes on what the kernel tells of a target; what the target itself says is not listened to.
final class TargetHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let onLoss: (any Error) -> Void

    init(onLoss: @escaping (any Error) -> Void) {
        self.onLoss = onLoss
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
    func errorCaught(context: ChannelHandlerContext, error: any Error) { onLoss(error) }
    func channelInactive(context: ChannelHandlerContext) { onLoss(ChannelError.ioOnClosedChannel) }
}
