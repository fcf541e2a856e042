// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import NIOCore

/// Watches one connection and closes it when its time is up. Lives on the connection's event loop; two handlers report to
/// it: `ByteGuard` next to the socket, `MessageGuard` behind the HTTP decoder.
final class ConnectionGuard {
    private let channel: any Channel
    private let registry: ConnectionRegistry
    private let limits: ConnectionClock.Limits
    private let logger: Logger
    private var clock: ConnectionClock
    private var id: Int?
    private var sent = 0
    private var streaming = false
    private var isLast = false
    private var isReading = false
    private var nextLook: Scheduled<Void>?

    init(channel: any Channel, registry: ConnectionRegistry, limits: ConnectionClock.Limits, logger: Logger) {
        self.channel = channel
        self.registry = registry
        self.limits = limits
        self.logger = logger
        clock = ConnectionClock(limits: limits, now: .now())
    }

    /// Asks for a place; false when the connection is to be turned away.
    func begin() -> Bool {
        id = registry.admit(channel, address: channel.remoteAddress?.ipAddress ?? "")
        guard id != nil else { return false }
        look()
        return true
    }

    func end() {
        nextLook?.cancel()
        nextLook = nil
        if let id { registry.remove(id) }
        id = nil
    }

    func received() {
        clock.bytesArrived(at: .now())
        report()
    }

    func sending(_ bytes: Int) {
        sent += bytes
    }

    func requestBegan() {
        isReading = true
        clock.requestBegan()
    }

    func requestCompleted() {
        isReading = false
        clock.requestCompleted()
        report()
    }

    /// - Parameters:
    ///   - endless: the answer has no length: live pictures or events.
    ///   - isLast: the answer says that the connection is closed after it.
    func answerBegan(endless: Bool, isLast: Bool) {
        streaming = endless
        self.isLast = isLast
    }

    func answerCompleted() {
        streaming = false
        clock.answerCompleted(at: .now())
        report()
        if isLast, isReading { linger() }
    }

    /// The client was told that it gets no more answers.
    func outputEnded() {
        streaming = true
        linger()
    }

    /// The connection is a WebSocket from now on: only a client that does not take what is sent is cut off here.
    func becameSocket() {
        streaming = true
        clock.becameSocket()
        report()
    }

    /// A client whose request was refused half-way may still be sending. Closing at once would reset the connection and
    /// with it the answer; so what comes is thrown away for a moment.
    private func linger() {
        channel.eventLoop.assumeIsolated().scheduleTask(in: ConnectionGuard.lingering) { [self] in
            channel.close(promise: nil)
        }
    }

    private static let lingering = TimeAmount.seconds(1)

    /// The client has closed its side. A viewer that did so has gone; a plain request still gets its answer.
    func inputClosed() {
        if streaming { channel.close(promise: nil) }
    }

    private func report() {
        if let id { registry.setIdle(id, since: clock.idle) }
    }

    private func look() {
        let waiting = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let verdict = clock.judge(taken: sent - waiting, waiting: waiting, at: .now())
        guard verdict == .keep else {
            logger.debug(
                "connection cut", metadata: ["client": "\(channel.remoteAddress?.ipAddress ?? "?")", "why": "\(verdict)"])
            channel.close(promise: nil)
            return
        }
        nextLook = channel.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(ConnectionClock.interval(limits))) { [self] in
            look()
        }
    }
}
