// SPDX-License-Identifier: Apache-2.0
import Core
import V4L2

/// The devices of a source while they stream: waits for them, pairs their pictures, decodes, delivers.
final class V4L2Session {
    private let lanes: [V4L2DeviceStream]
    private let pools: [CameraInstance: FramePool]
    private let layout: V4L2Settings.Layout
    private let hasColor: Bool
    private let label: CameraID
    private let system: any V4L2System
    private let counters: CaptureCounters
    private let statistics: V4L2Statistics
    private let orders: ControlQueue
    /// Watches what the devices' own watchdogs cannot: pictures come, and no exposure comes of them.
    private var exposures: V4L2StallDetector
    private var sequence = 0
    private var waitingLeft: [V4L2HeldBuffer] = []
    private var waitingRight: [V4L2HeldBuffer] = []
    private var color: ColorSlot<V4L2HeldBuffer>

    /// `stop` is noticed within this time even if no picture comes.
    private static let patience: Int32 = 50

    /// Starts the streams.
    init(
        _ cameras: [V4L2CameraDevice], settings: V4L2Settings, label: CameraID, rate: Double, system: any V4L2System,
        counters: CaptureCounters, statistics: V4L2Statistics, orders: ControlQueue
    ) throws(CaptureError) {
        self.orders = orders
        (layout, hasColor, self.label, self.system) = (settings.layout, settings.color != nil, label, system)
        (self.counters, self.statistics) = (counters, statistics)
        let now = system.now()
        var lanes: [V4L2DeviceStream] = []
        for (index, camera) in cameras.enumerated() {
            lanes.append(
                try V4L2DeviceStream(
                    camera, index: index, settings: settings, counters: counters, statistics: statistics, at: now))
        }
        self.lanes = lanes
        pools = Dictionary(uniqueKeysWithValues: CameraInstance.allCases.map { ($0, FramePool(capacity: settings.buffers)) })
        exposures = V4L2StallDetector(
            stallSeconds: settings.stallSeconds, startSeconds: settings.startSeconds, framesPerSecond: rate, at: now)
        color = ColorSlot(framesPerSecond: rate)
        if case .pair = settings.layout { statistics.beginPairing(framesPerSecond: rate) }
    }

    /// Runs until `stop`.
    func run(stop: StopSignal, deliver: (Frame) -> Void) throws(CaptureError) {
        var ready = [Bool](repeating: false, count: lanes.count)
        let devices = lanes.map(\.device)
        while !stop.isStopped {
            system.wait(for: devices, milliseconds: Self.patience, ready: &ready)
            for lane in lanes where ready[lane.index] {
                // As many as a driver has buffers: the next lane waits no longer than that.
                for _ in 0..<4 {
                    guard !stop.isStopped, let held = try lane.next(at: system.now()) else { break }
                    try take(held, of: lane, deliver)
                }
            }
            try carryOutOrders()
            let now = system.now()
            for lane in lanes { try lane.check(at: now) }
            if let verdict = exposures.verdict(at: now) {
                throw .lost("\(label): pictures arrive, but none can be paired (\(verdict))")
            }
        }
    }

    /// What was asked of the lenses meanwhile. A lens that is not there has nothing to be told.
    private func carryOutOrders() throws(CaptureError) {
        for (lens, order) in orders.take() {
            do {
                let force = try lane(of: lens)?.lens.apply(order.request) ?? .first
                for answer in order.answers { answer(force) }
            } catch {
                for answer in order.answers { answer(nil) }
                throw error
            }
        }
    }

    /// The device a lens belongs to; both lenses of a side-by-side camera are one.
    private func lane(of lens: CameraInstance) -> V4L2DeviceStream? {
        if hasColor, lens == .color { return lanes.last }
        switch layout {
        case .single(_, let instance): return instance == lens ? lanes.first : nil
        case .sideBySide: return lens == .color ? nil : lanes.first
        case .pair: return lens == .left ? lanes[0] : lens == .right ? lanes[1] : nil
        }
    }

    private func take(_ held: V4L2HeldBuffer, of lane: V4L2DeviceStream, _ deliver: (Frame) -> Void) throws(CaptureError) {
        if hasColor, lane.index == lanes.count - 1 { return try takeColor(held, lane, deliver) }
        switch layout {
        case .single(_, let instance):
            try deliverOne(held, of: lane, as: instance, number: nextSequence(at: held.captured), deliver)
        case .sideBySide(_, let rightFirst): try deliverHalves(held, of: lane, rightFirst: rightFirst, deliver)
        case .pair: return try pair(held, of: lane, deliver)
        }
        try releaseColor(deliver)
    }

    private func nextSequence(at captured: Timestamp) -> Int {
        defer { sequence += 1 }
        exposures.saw(at: system.now())
        color.expose(sequence, at: captured)
        return sequence
    }

    // MARK: Two cameras

    private func pair(_ held: V4L2HeldBuffer, of lane: V4L2DeviceStream, _ deliver: (Frame) -> Void) throws(CaptureError) {
        let side: ExposurePairing.Side = lane.index == 0 ? .left : .right
        if side == .left { waitingLeft.append(held) } else { waitingRight.append(held) }
        switch statistics.pair(side, at: held.captured) {
        case .wait: break
        case .drop(.left): try lanes[0].dropUnpaired(waitingLeft.removeFirst(), at: system.now())
        case .drop(.right): try lanes[1].dropUnpaired(waitingRight.removeFirst(), at: system.now())
        case .pair(let extraLeft, let extraRight):
            for _ in 0..<extraLeft { try lanes[0].dropUnpaired(waitingLeft.removeFirst(), at: system.now()) }
            for _ in 0..<extraRight { try lanes[1].dropUnpaired(waitingRight.removeFirst(), at: system.now()) }
            let (left, right) = (waitingLeft.removeFirst(), waitingRight.removeFirst())
            try deliverPair(left, right, deliver)
            try releaseColor(deliver)
        }
    }

    private func deliverPair(_ left: V4L2HeldBuffer, _ right: V4L2HeldBuffer, _ deliver: (Frame) -> Void) throws(CaptureError) {
        let number = nextSequence(at: left.captured)
        let first = picture(left, of: lanes[0], as: .left, number: number)
        let second = picture(right, of: lanes[1], as: .right, number: number)
        try lanes[0].giveBack(left)
        try lanes[1].giveBack(right)
        guard let first, let second else { return }
        deliver(first)
        deliver(second)
    }

    // MARK: Colour beside them

    private func takeColor(_ held: V4L2HeldBuffer, _ lane: V4L2DeviceStream, _ deliver: (Frame) -> Void) throws(CaptureError) {
        if let old = color.offer(held, captured: held.captured) { try lane.dropUnpaired(old, at: system.now()) }
        try releaseColor(deliver)
    }

    /// Delivers or drops the colour picture that waits, once its exposure is known.
    private func releaseColor(_ deliver: (Frame) -> Void) throws(CaptureError) {
        guard hasColor, let lane = lanes.last else { return }
        switch color.decide() {
        case .wait: break
        case .drop(let held): try lane.dropUnpaired(held, at: system.now())
        case .deliver(let held, let number): try deliverOne(held, of: lane, as: .color, number: number, deliver)
        }
    }

    // MARK: Pictures

    private func draft(_ held: V4L2HeldBuffer, _ format: LensFormat, _ instance: CameraInstance, _ number: Int) -> FrameDraft? {
        let header = FrameHeader(
            camera: label, instance: instance, sequence: number, captured: held.captured,
            deviceNanoseconds: held.deviceNanoseconds, width: format.width, height: format.height, format: format.pixels)
        return pools[instance]?.draft(header)
    }

    /// Nil when there is no buffer for it or it cannot be decoded; both are counted.
    private func picture(_ held: V4L2HeldBuffer, of lane: V4L2DeviceStream, as instance: CameraInstance, number: Int) -> Frame? {
        guard let draft = draft(held, lane.unpacker.lensFormat, instance, number) else {
            counters.dropped.add()
            lane.noteGood(at: system.now())
            return nil
        }
        if let fault = lane.unpacker.fill(draft, from: held.taken.bytes) {
            lane.note(fault)
            return nil
        }
        lane.noteGood(at: system.now())
        return draft.seal()
    }

    private func deliverOne(
        _ held: V4L2HeldBuffer, of lane: V4L2DeviceStream, as instance: CameraInstance, number: Int, _ deliver: (Frame) -> Void
    ) throws(CaptureError) {
        let frame = picture(held, of: lane, as: instance, number: number)
        // The driver gets its buffer back before the readers get their picture.
        try lane.giveBack(held)
        if let frame { deliver(frame) }
    }

    private func deliverHalves(
        _ held: V4L2HeldBuffer, of lane: V4L2DeviceStream, rightFirst: Bool, _ deliver: (Frame) -> Void
    ) throws(CaptureError) {
        let number = nextSequence(at: held.captured)
        let format = lane.unpacker.lensFormat
        guard let left = draft(held, format, .left, number), let right = draft(held, format, .right, number) else {
            counters.dropped.add()
            lane.noteGood(at: system.now())
            return try lane.giveBack(held)
        }
        let fault =
            rightFirst
            ? lane.unpacker.fill(left: right, right: left, from: held.taken.bytes)
            : lane.unpacker.fill(left: left, right: right, from: held.taken.bytes)
        try lane.giveBack(held)
        if let fault { return lane.note(fault) }
        lane.noteGood(at: system.now())
        deliver(left.seal())
        deliver(right.seal())
    }
}
