// SPDX-License-Identifier: Apache-2.0
import Calibration
public import Capture
public import Core
public import Logging
import XLink

/// An OAK camera: booted if need be, asked what it is, and run with a graph that sends its lenses' pictures and, if wanted, the depth
/// it computes itself.
public final class OAKSource: CaptureSource {
    public let format: CaptureFormat
    public let device: String
    public let serialNumber: String
    private let settings: OAKSettings
    private let camera: CameraID
    private let logger: Logger
    private let plan: CameraPlan
    private let session: DeviceSession
    /// Nobody else gets the camera while the source lives.
    private let lease: OAKLease
    private let layout: GraphLayout
    /// What is on its way from the session's reading thread to the one that runs the source. Closed when the link is over.
    private let arrivals: Mailbox<CaptureDelivery>
    /// What the camera tells beside pictures, on the same way; looked at after every arrival, and 20 times a second at least.
    private let reports = Mailbox<CaptureDelivery>(capacity: OAKSource.waitingReports, onFull: .dropOldest)

    /// `stop` is noticed within this time even if no picture comes.
    private static let patience: Int64 = 50_000_000
    /// How long the first picture may take: the camera sets its exposure first.
    private static let startLimit: Int64 = 10_000_000_000
    /// What may wait: two exposures of three lenses, depth, network and video.
    private static let waiting = 12
    private static let waitingReports = 32

    /// Connects to the camera; it streams only while `run` does.
    /// - Parameters:
    ///   - camera: the slot the frames are labelled with.
    ///   - calibration: the owner's, which is better than the camera's own.
    ///   - work: what the camera is to do beside; `format` tells what of it it does. For depth it has its own calibration only.
    ///   - fleet: where the camera is had from.
    ///   - stop: ends the connecting at once.
    /// - Throws: `CaptureError` in words for the owner.
    public init(
        settings: OAKSettings, camera: CameraID, calibration: StereoCalibration? = nil, work: DeviceWork, fleet: OAKFleet,
        stop: StopSignal, logger: Logger
    ) throws(CaptureError) {
        (self.settings, self.camera) = (settings, camera)
        let found = try fleet.connect(settings, for: camera, stop: stop)
        lease = found.lease
        var logger = logger
        logger[metadataKey: "mxid"] = "\(found.id)"
        self.logger = logger
        layout = found.layout
        serialNumber = found.id
        device = "OAK (\(found.id), \(found.place))"
        let arrivals = Mailbox<CaptureDelivery>(capacity: Self.waiting, onFull: .dropOldest)
        self.arrivals = arrivals
        // A camera that does not answer holds nobody up who is to end.
        let cut = stop.onStop { [transport = found.transport] in transport.shutdown() }
        defer { cut.cancel() }
        do {
            session = try DeviceSession(found.transport, watchdog: found.watchdogNanoseconds, logger: logger) { arrivals.close() }
        } catch {
            lease.note(error, unless: stop)
            throw error
        }
        do {
            let own = try Self.ownCalibration(session, logger)
            var possible = work
            possible.measuresDepth = work.measuresDepth && own != nil
            var plan = try CameraPlan(
                settings, session.call(.cameraFeatures),
                link: found.usbMegabits > 0
                    ? CameraPlan.Link(usbMegabits: found.usbMegabits) : CameraPlan.Link(session.ask(.usbSpeed) ?? .unknown),
                work: possible)
            if settings.motionRate > 0 { plan.addMotion(settings, sensor: try session.ask(.connectedIMU) ?? "") }
            self.plan = plan
            var format = CaptureFormat(
                lenses: plan.lenses, framesPerSecond: plan.framesPerSecond,
                calibration: (calibration ?? own)?.seen(inColorOf: plan.lenses[.color]))
            (format.deviceTasks, format.declined) = (plan.tasks, plan.declined)
            format.sensesMotion = plan.motionRate > 0
            self.format = format
        } catch {
            session.end()
            lease.note(error, unless: stop)
            throw error
        }
        for note in plan.notes { logger.warning("\(note)") }
    }

    deinit { session.end() }

    /// What is written in the camera; nil, with a line in the log, when there is nothing or nonsense.
    private static func ownCalibration(_ session: DeviceSession, _ logger: Logger) throws(CaptureError) -> StereoCalibration? {
        for memory in [DeviceCall.eeprom, .factoryEEPROM] {
            guard let content = try session.ask(memory), content.verdict.isGood else { continue }
            do {
                return try CalibrationFile.read(content.json, name: "the camera's EEPROM")
            } catch {
                logger.warning("\(error); or name a calibration file in the camera's settings (docs/calibration.md)")
                return nil
            }
        }
        logger.warning("the camera's EEPROM is blank: calibrate it and name the file in its settings (docs/calibration.md)")
        return nil
    }

    /// How long a camera may be silent before it is given up, in seconds; the questions whether it crashed included.
    public static func longestSilence(_ settings: OAKSettings) -> Double {
        max(Double(startLimit) / 1e9, silence(settings.framesPerSecond)) + CrashDumpCollector.limitSeconds
    }

    private static func silence(_ framesPerSecond: Double) -> Double { 3 / framesPerSecond + 2 }

    /// Streams until `stop`.
    /// - Throws: `CaptureError.lost` when the link is over or no pictures come; `declined` when the camera does not take all of its
    ///   work, `unusable` when it refuses the graph without that.
    public func run(counters: CaptureCounters, stop: StopSignal, deliver: (CaptureDelivery) -> Void) throws {
        let crashes = CrashDumpCollector(serialNumber: serialNumber, logger: logger)
        try begin(crashes, counters, stop, deliver)
        try setLights()
        var sorter = DeliverySorter(lenses: Set(plan.lenses.keys), framesPerSecond: plan.framesPerSecond)
        var deadline = Timestamp.after(Self.startLimit)
        let silence = Int64(Self.silence(plan.framesPerSecond) * 1e9)
        while !stop.isStopped {
            while let report = reports.poll() { deliver(report) }
            if let arrival = arrivals.next(until: .after(Self.patience)) {
                let dropped = sorter.dropped
                let deliveries = sorter.add(arrival)
                for delivery in deliveries { deliver(delivery) }
                counters.dropped.add(sorter.dropped - dropped)
                // Pictures that find no partner are none.
                if deliveries.contains(where: { $0.frame != nil }) { deadline = .after(silence) }
            } else if let why = session.ended {
                let error = CaptureError.lost(why)
                lease.note(error, unless: stop)
                throw error
            }
            // Asked whether something came or not: pictures without partners may come all the time.
            if Timestamp.now() > deadline {
                let hasCrashed = try crashes.collect(from: session, deliver)
                throw CaptureError.lost("the camera sends no pictures\(hasCrashed ? ": its firmware crashed" : "")")
            }
        }
    }

    /// Takes what a crash left behind and has the camera start. One that does not answer holds nobody up who is to end.
    private func begin(
        _ crashes: CrashDumpCollector, _ counters: CaptureCounters, _ stop: StopSignal, _ deliver: (CaptureDelivery) -> Void
    ) throws {
        try stop.cutting(short: { [session] in session.abandon(because: "the camera's slot ends") }) {
            try crashes.collect(from: session, deliver)
            let handlers = deliveryHandlers(counters).merging(reportHandlers(counters)) { first, _ in first }
            try check(session.build(plan.graph(settings, layout: layout), handlers: handlers))
            try session.start()
        }
    }

    /// What the camera does not take it may take without the network and the encoder, of which it can have too little memory or
    /// too few processors.
    private func check(_ verdict: DeviceVerdict) throws(CaptureError) {
        guard !verdict.isGood else { return }
        let spare = plan.tasks.subtracting([.depth])
        let named = spare.filter { verdict.text.contains($0 == .network ? "NeuralNetwork" : "VideoEncoder") }
        guard spare.isEmpty else { throw .declined(named.isEmpty ? spare : named, verdict.text) }
        throw .unusable(
            what: "the camera refuses the pipeline (\(verdict.text))", remedy: "lower oak.mono, oak.fps or the colour size")
    }

    /// Takes every stream's packets; those of three in a row that nobody can read end the session.
    private func deliveryHandlers(_ counters: CaptureCounters) -> [String: XLinkPacketHandler] {
        var handlers = plan.streams.mapValues { expected in
            let reader = PictureReader(expected, camera: camera, buffers: settings.buffers, counters: counters)
            return handler({ reader.read($0, at: .now()).map(CaptureDelivery.frame) }, isHopeless: { reader.isHopeless })
        }
        if let (network, lens) = plan.network, let format = plan.lenses[lens] {
            let picture = FrameHeader(
                camera: camera, instance: lens, sequence: 0, captured: .now(), width: format.width, height: format.height,
                format: format.pixels)
            let reader = TensorReader(network.outputs, of: picture, counters: counters)
            handlers[CameraPlan.tensorStream] = handler(
                { reader.read($0, at: .now()).map(CaptureDelivery.tensors) }, isHopeless: { reader.isHopeless })
        }
        if plan.video != nil, let format = plan.lenses[.color] {
            let reader = EncodedReader(width: format.width, height: format.height, counters: counters)
            handlers[CameraPlan.videoStream] = handler(
                { reader.read($0, at: .now()).map(CaptureDelivery.encoded) }, isHopeless: { reader.isHopeless })
        }
        return handlers
    }

    private func handler(
        _ read: @escaping @Sendable (UnsafeRawBufferPointer) -> CaptureDelivery?, isHopeless: @escaping @Sendable () -> Bool
    ) -> XLinkPacketHandler {
        { [arrivals, session] packet in
            if let arrival = read(packet) { arrivals.offer(arrival) }
            if isHopeless() { session.abandon(because: "the camera sends nothing that can be read") }
        }
    }

    private func reportHandlers(_ counters: CaptureCounters) -> [String: XLinkPacketHandler] {
        let reader = ReportReader(camera: camera, counters: counters, logger: logger)
        let handler: XLinkPacketHandler = { [reports] packet in
            if let report = reader.read(packet, at: .now()) { reports.offer(report) }
        }
        return Dictionary(uniqueKeysWithValues: plan.reportStreams.map { ($0, handler) })
    }

    private func setLights() throws(CaptureError) {
        if settings.projector > 0, try session.ask(.setDotProjector(brightness: settings.projector)) != true {
            logger.warning("oak.projector: the camera has no dot projector")
        }
        if settings.flood > 0, try session.ask(.setFloodlight(brightness: settings.flood)) != true {
            logger.warning("oak.flood: the camera has no flood light")
        }
    }
}

extension StereoCalibration {
    /// The same with the colour lens as its pictures show it: their full width or height, cut to their shape around the middle.
    func seen(inColorOf format: LensFormat?) -> StereoCalibration {
        guard let format, let model = color?.model else { return self }
        var calibration = self
        let scale = min(Double(model.width) / Double(format.width), Double(model.height) / Double(format.height))
        let (width, height) = (Int(Double(format.width) * scale), Int(Double(format.height) * scale))
        calibration.color?.model.width = width
        calibration.color?.model.height = height
        calibration.color?.model.cx -= Double(model.width - width) / 2
        calibration.color?.model.cy -= Double(model.height - height) / 2
        return calibration
    }
}
