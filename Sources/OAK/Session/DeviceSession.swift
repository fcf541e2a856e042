// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
import Foundation
package import Logging
package import XLink

/// A conversation with a camera that runs its firmware: calls, its watchdog, its clock and its log; then the graph it runs.
///
/// Blocks: no Swift task may use it. Calls from several threads wait for each other; one that gets no answer ends the session,
/// since nobody could tell the next answer from the late one.
package final class DeviceSession: DeviceQuestioning, Sendable {
    private let connection: XLinkConnection
    private let calls: XLinkStream
    private let watchdog: WatchdogFeeder
    private let turn = NSLock()
    private let logger: Logger

    private static let connectLimit: Int64 = 5_000_000_000
    private static let openLimit: Int64 = 2_000_000_000
    /// The daemon has two seconds to end, other cameras and servers included.
    private static let resetLimit: Int64 = 500_000_000
    /// The largest packets of calls and assets.
    private static let wide = 5 << 20
    private static let narrow = 128
    private static let storageStream = "__stream_asset_storage"

    /// Connects, and starts what every session has.
    /// - Parameters:
    ///   - watchdog: half of the time after which the camera restarts when it hears nothing, in nanoseconds.
    ///   - onEnd: called once, on a thread of the session, when the link is over.
    /// - Throws: `CaptureError.lost`; `unusable` when another program's pipeline runs.
    package init(
        _ transport: any XLinkTransport, watchdog interval: Int64, logger: Logger, onEnd: @escaping @Sendable () -> Void
    ) throws(CaptureError) {
        self.logger = logger
        connection = XLinkConnection(transport, role: .host, onEnd: { _ in onEnd() })
        do {
            try connection.start(until: .after(Self.connectLimit))
            calls = try connection.open("__rpc_main", writeSize: Self.wide, until: .after(Self.openLimit))
            watchdog = WatchdogFeeder(
                try connection.open("__watchdog", writeSize: Self.narrow, until: .after(Self.openLimit)), every: interval,
                connection)
        } catch {
            connection.close()
            throw .lost("\(error)")
        }
        do {
            try begin()
        } catch {
            end()
            throw error
        }
    }

    /// Why the link is over; nil while it is up.
    package var ended: String? { connection.ended }

    /// Has the camera restart, and frees everything. Blocks at most about half a second.
    package func end() {
        watchdog.stop()
        connection.reset(until: .after(Self.resetLimit))
        connection.close()
        watchdog.join()
    }

    /// Ends the session from one of its own handlers; returns at once.
    func abandon(because reason: String) { connection.end(because: reason) }

    private func begin() throws(CaptureError) {
        try call(.setLogLevel(.warning))
        try call(.setSystemInformationLoggingRate(hertz: 1))
        // The camera asks what time it is here; its pictures carry that clock's time from then on.
        let clock = try open("__timesync", Self.narrow)
        clock.setHandler { _ in _ = try? clock.offer(Timestamp.now().clockAnswer) }
        try open("__log", Self.narrow).setHandler { [logger] packet in
            for line in (try? DeviceLogLine.parse(packet)) ?? [] { logger.log(line) }
        }
        try call(.setTimesync())
        guard try !call(.isPipelineRunning) else {
            throw .unusable(
                what: "another program uses the camera", remedy: "end that program, or unplug the camera and plug it in again")
        }
    }

    /// Opens a stream that the graph to be made gets something on.
    package func openInput(_ name: String, writeSize: Int) throws(CaptureError) -> XLinkStream { try open(name, writeSize) }

    /// Has the camera make a graph. Packets of its streams come to the handlers, on the session's reading thread, once it is started.
    /// - Returns: whether the camera takes it, with its own words if not.
    package func build(_ graph: DeviceGraph, handlers: [String: XLinkPacketHandler]) throws(CaptureError) -> DeviceVerdict {
        let schema: MessagePackValue
        do {
            schema = try graph.schema()
        } catch {
            throw .unusable(what: "the camera's graph", remedy: "\(error)")
        }
        for (name, handler) in handlers.sorted(by: { $0.key < $1.key }) { try open(name, 1).setHandler(handler) }
        try call(.setPipelineSchema(schema))
        let storage = graph.storage
        if storage.byteCount > 0 { try send(storage) }
        return try call(.buildPipeline)
    }

    /// Has the camera run the graph that it has made.
    package func start() throws(CaptureError) { try call(.startPipeline) }

    /// Sends the graph's files: on a thread of their own, since the camera answers when all have arrived.
    private func send(_ storage: GraphStorage) throws(CaptureError) {
        try call(.setAssets(storage.table))
        let question = DeviceCall.readAssetStorage(stream: Self.storageStream, bytes: storage.byteCount)
        let deadline = Timestamp.after(question.limitNanoseconds)
        let writer = StageThread(name: "oak files") { [connection] in
            do {
                let stream = try connection.open(Self.storageStream, writeSize: Self.wide, until: deadline)
                try storage.forEachPacket(upTo: Self.wide) { packet throws(XLinkError) in
                    try stream.write(packet, until: deadline)
                }
                try stream.close(until: deadline)
            } catch {
                connection.end(because: "the camera does not take the network (\(error))")
            }
        }
        defer { writer.join() }
        try call(question)
    }

    @discardableResult
    private func open(_ name: String, _ writeSize: Int) throws(CaptureError) -> XLinkStream {
        do {
            return try connection.open(name, writeSize: writeSize, until: .after(Self.openLimit))
        } catch {
            throw .lost("\(error)")
        }
    }

    /// Asks the camera something that it has to know.
    @discardableResult
    package func call<Answer>(_ call: DeviceCall<Answer>) throws(CaptureError) -> Answer {
        guard let answer = try ask(call) else { throw .lost("the camera refused \(call.name)") }
        return answer
    }

    /// Asks the camera something, within the call's own limit.
    /// - Returns: nil when it refuses to tell.
    package func ask<Answer>(_ call: DeviceCall<Answer>) throws(CaptureError) -> Answer? { try ask(call, until: nil) }

    /// Asks the camera something.
    /// - Parameter end: when to give up, where that is before the call's own limit.
    /// - Returns: nil when it refuses to tell.
    package func ask<Answer>(_ call: DeviceCall<Answer>, until end: Timestamp?) throws(CaptureError) -> Answer? {
        turn.lock()
        defer { turn.unlock() }
        let limit = Timestamp.after(call.limitNanoseconds)
        let deadline = end.map { min($0, limit) } ?? limit
        do {
            try calls.write(call.request, until: deadline)
            guard let response = try calls.read(until: deadline) else {
                throw XLinkError.timedOut("the camera did not answer \(call.name)")
            }
            return try call.answer(response)
        } catch let error as DeviceCallError where !error.isNoise {
            logger.warning("\(error)")
            return nil
        } catch {
            connection.end(because: "\(error)")
            throw .lost("\(error)")
        }
    }
}

extension Timestamp {
    /// Seconds and nanoseconds, as the camera wants to be told.
    fileprivate var clockAnswer: [UInt8] {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return [seconds, rest].flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
    }
}

extension DeviceCall {
    fileprivate var limitNanoseconds: Int64 {
        let (seconds, attoseconds) = limit.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

extension Logger {
    /// A line of the camera's own log, which holds the causes of its failures.
    fileprivate func log(_ line: DeviceLogLine) {
        let level: Logger.Level = line.level >= .error ? .error : .warning
        if line.level >= .warning { log(level: level, "the camera says: \(line.node): \(line.text.prefix(500))") }
    }
}
