// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Logging
import Synchronization
import XLink

/// One network in an OAK camera that no slot wants, for as long as somebody uses it.
final class AcceleratorJob: Sendable {
    let network: DeviceNetwork
    let device: OAKSettings.Device
    let stopSignal = StopSignal()
    private let state = Mutex(State())

    private struct State {
        /// nil while the network runs nowhere.
        var link: AcceleratorLink?
        var problem = "it is about to start"
        /// The camera does not take the network: it is not tried again.
        var isRefused = false
    }

    /// A link that lasted so long was good.
    private static let goodNanoseconds: Int64 = 60_000_000_000

    init(_ network: DeviceNetwork, device: OAKSettings.Device) {
        (self.network, self.device) = (network, device)
    }

    /// Where the network runs; nil while it does not.
    var link: AcceleratorLink? { state.withLock { $0.link } }

    /// Why it does not run, in words for the owner; empty while it does.
    var problem: String { state.withLock { $0.link == nil ? $0.problem : "" } }

    /// Has the network run, again and again, until `stopSignal`. Blocks.
    func serve(_ fleet: OAKFleet, _ logger: Logger) {
        var backoff = Backoff(firstNanoseconds: 1_000_000_000, longestNanoseconds: 30_000_000_000)
        fleet.set(accelerator: device)
        defer { fleet.set(accelerator: nil) }
        while !stopSignal.isStopped {
            let start = Timestamp.now()
            do {
                try run(fleet, logger)
            } catch {
                note(error.reason, logger)
            }
            if state.withLock({ $0.isRefused }) {
                fleet.set(accelerator: nil)
                fleet.waiting(stopSignal) { calls in
                    while !stopSignal.isStopped { _ = calls.next() }
                }
                return
            }
            if Timestamp.now().nanoseconds(since: start) >= Self.goodNanoseconds { backoff.reset() }
            rest(backoff.nextDelay(), fleet, logger)
        }
    }

    private func note(_ words: String, _ logger: Logger) {
        let isNew = state.withLock { state in
            defer { state.problem = words }
            return state.problem != words
        }
        if isNew, !stopSignal.isStopped { logger.info("no accelerator: \(words)") }
    }

    /// Waits before the next try; where there is no camera, until there is one.
    private func rest(_ nanoseconds: Int64, _ fleet: OAKFleet, _ logger: Logger) {
        if fleet.state.offer(for: .accelerator) != nil {
            _ = stopSignal.sleep(until: .after(nanoseconds))
            return
        }
        fleet.waiting(stopSignal) { changes in
            while !stopSignal.isStopped {
                let fleet = fleet.state
                guard fleet.offer(for: .accelerator) == nil else { return }
                note(fleet.explanation(for: .accelerator), logger)
                _ = changes.next()
            }
        }
    }

    /// Connects to a camera and has it run the network until the link is over or a slot wants the camera.
    private func run(_ fleet: OAKFleet, _ logger: Logger) throws(CaptureError) {
        let camera = try fleet.connect(OAKSettings(device: device), for: .accelerator, stop: stopSignal)
        var logger = logger
        logger[metadataKey: "mxid"] = "\(camera.id)"
        // Nobody else gets the camera before the session has ended.
        defer { withExtendedLifetime(camera.lease) {} }
        try fleet.waiting(stopSignal) { (changes: Mailbox<Void>) throws(CaptureError) in
            let cut = stopSignal.onStop { camera.transport.shutdown() }
            defer { cut.cancel() }
            let session = try DeviceSession(camera.transport, watchdog: camera.watchdogNanoseconds, logger: logger) {
                changes.offer(())
            }
            defer { session.end() }
            let link = try start(session, camera.layout)
            cut.cancel()
            state.withLock { $0.link = link }
            defer {
                state.withLock { $0.link = nil }
                link.close()
            }
            logger.info("OAK \(camera.id) (\(camera.place)) runs a network for the box")
            while !stopSignal.isStopped, fleet.state.keeps(.accelerator) {
                if let why = session.ended { throw .lost(why) }
                _ = changes.next()
            }
        }
    }

    private func start(_ session: DeviceSession, _ layout: GraphLayout) throws(CaptureError) -> AcceleratorLink {
        let link = try AcceleratorLink(network, session: session, layout: layout)
        let verdict = try link.start()
        guard verdict.isGood else {
            state.withLock { $0.isRefused = true }
            throw .unusable(
                what: "the camera refuses the network (\(verdict.text))",
                remedy: "compile the blob for fewer shaves, or set runtime.accelerator: none")
        }
        return link
    }
}

extension CaptureError {
    /// Without a word of a slot's camera that was lost: nobody had this one.
    fileprivate var reason: String { if case .lost(let why) = self { why } else { "\(self)" } }
}
