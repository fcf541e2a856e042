// SPDX-License-Identifier: Apache-2.0
import Core
import V4L2

/// A picture that waits in its driver's buffer.
struct V4L2HeldBuffer {
    let taken: V4L2DequeuedBuffer
    let captured: Timestamp
    let deviceNanoseconds: Int64
}

/// One streaming device of a session: takes its pictures, counts what is wrong with them, notices when they stop.
final class V4L2DeviceStream {
    let index: Int
    let node: String
    let device: any V4L2Node
    let unpacker: V4L2Unpacker
    /// How the device can be told to see.
    let lens: V4L2ControlAdapter
    private let stream: V4L2BufferQueue
    private let counters: CaptureCounters
    private let statistics: V4L2Statistics
    private var clock = V4L2Clock()
    private var watchdog: V4L2StallDetector
    private var lastNumber: UInt32?

    /// A jump of the driver's numbers by more is a new count, not a loss.
    private static let believableGap: UInt32 = 1000

    /// Starts the device's stream.
    init(
        _ camera: V4L2CameraDevice, index: Int, settings: V4L2Settings, counters: CaptureCounters, statistics: V4L2Statistics,
        at now: Timestamp
    ) throws(CaptureError) {
        self.index = index
        self.counters = counters
        self.statistics = statistics
        node = camera.agreement.node
        device = camera.port.device
        unpacker = camera.unpacker
        lens = V4L2ControlAdapter(
            camera.port, node: node,
            own: settings.cameras.first { $0.camera.node == camera.agreement.node }?.camera.controls ?? [:])
        do {
            stream = try V4L2BufferQueue(camera.port, neededBytes: camera.neededBytes)
        } catch {
            if case .failed(let failure) = error { throw V4L2CameraDevice.error(failure, camera.agreement.node) }
            throw .lost("\(camera.agreement.node): \(error)")
        }
        watchdog = V4L2StallDetector(
            stallSeconds: settings.stallSeconds, startSeconds: settings.startSeconds,
            framesPerSecond: camera.agreement.framesPerSecond, at: now)
    }

    /// The next good picture; nil when none is there. Bad ones are counted and skipped.
    func next(at now: Timestamp) throws(CaptureError) -> V4L2HeldBuffer? {
        // A driver that hands out bad pictures for ever must not keep the session from its watchdogs.
        for _ in 0..<8 {
            let outcome: V4L2BufferQueue.Outcome
            do { outcome = try stream.take() } catch { throw lost(error) }
            switch outcome {
            case .nothing: return nil
            case .bad(let fault, let number):
                follow(number)
                note(fault)
            case .picture(let taken):
                follow(taken.number)
                let faults = clock.faults
                let (captured, device) = clock.read(taken.stamp, at: now)
                let isFault = clock.faults > faults
                statistics.count(index) {
                    $0.frames += 1
                    if isFault { $0.clockFaults += 1 }
                }
                return V4L2HeldBuffer(taken: taken, captured: captured, deviceNanoseconds: device)
            }
        }
        return nil
    }

    private func lost(_ error: V4L2BufferQueueError) -> CaptureError { .lost("\(node): \(error)") }

    /// Counts the pictures the driver had no buffer for.
    private func follow(_ number: UInt32) {
        defer { lastNumber = number }
        guard let last = lastNumber else { return }
        let gap = number &- last &- 1
        guard gap > 0, gap <= Self.believableGap else { return }
        counters.dropped.add(Int(gap))
        statistics.count(index) { $0.missed += Int(gap) }
    }

    /// A picture was of no use.
    func note(_ fault: V4L2BufferFault) {
        counters.undecodable.add()
        watchdog.saw(trouble: fault.description)
        statistics.count(index) {
            switch fault {
            case .flagged: $0.flagged += 1
            case .empty: $0.empty += 1
            case .short: $0.short += 1
            case .torn: $0.torn += 1
            }
        }
    }

    /// A picture was used, or would have been.
    func noteGood(at now: Timestamp) {
        watchdog.saw(at: now)
    }

    /// A picture without a partner: it goes back unseen.
    func dropUnpaired(_ held: V4L2HeldBuffer, at now: Timestamp) throws(CaptureError) {
        statistics.count(index) { $0.unpaired += 1 }
        watchdog.saw(at: now)
        try giveBack(held)
    }

    func giveBack(_ held: V4L2HeldBuffer) throws(CaptureError) {
        do { try stream.give(held.taken.index) } catch { throw lost(error) }
    }

    /// - Throws: `lost` when the device has fallen silent.
    func check(at now: Timestamp) throws(CaptureError) {
        if let verdict = watchdog.verdict(at: now) { throw .lost("\(node): \(verdict)") }
    }
}
