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
    private let settings: OAKSettings
    private let camera: CameraID
    private let logger: Logger
    private let plan: CameraPlan
    private let session: DeviceSession
    /// Nobody else gets the camera while the source lives.
    private let lease: OAKLease
    private let layout: GraphLayout
    /// Pictures on their way from the session's reading thread to the one that runs the source. Closed when the link is over.
    private let frames: Mailbox<Frame>

    /// `stop` is noticed within this time even if no picture comes.
    private static let patience: Int64 = 50_000_000
    /// How long the first picture may take: the camera sets its exposure first.
    private static let startLimit: Int64 = 10_000_000_000
    /// Pictures that may wait: two exposures of three lenses and depth.
    private static let waiting = 8

    /// Connects to the camera; it streams only while `run` does.
    /// - Parameters:
    ///   - camera: the slot the frames are labelled with.
    ///   - calibration: the owner's, which is better than the camera's own.
    ///   - wantsDepth: whether the camera is to compute depth, for which it has its own calibration only.
    ///   - fleet: where the camera is had from.
    ///   - stop: ends the connecting at once.
    /// - Throws: `CaptureError` in words for the owner.
    public init(
        settings: OAKSettings, camera: CameraID, calibration: StereoCalibration? = nil, wantsDepth: Bool,
        fleet: OAKFleet, stop: StopSignal, logger: Logger
    ) throws(CaptureError) {
        (self.settings, self.camera) = (settings, camera)
        let found = try fleet.connect(settings, for: camera, stop: stop)
        lease = found.lease
        var logger = logger
        logger[metadataKey: "mxid"] = "\(found.id)"
        self.logger = logger
        layout = found.layout
        device = "OAK (\(found.id), \(found.place))"
        let frames = Mailbox<Frame>(capacity: Self.waiting, onFull: .dropOldest)
        self.frames = frames
        // A camera that does not answer holds nobody up who is to end.
        let cut = stop.onStop { [transport = found.transport] in transport.shutdown() }
        defer { cut.cancel() }
        session = try DeviceSession(found.transport, watchdog: found.watchdogNanoseconds, logger: logger) { frames.close() }
        do {
            let own = try Self.ownCalibration(session, logger)
            plan = try CameraPlan(
                settings, session.call(.cameraFeatures), link: CameraPlan.Link(session.ask(.usbSpeed) ?? .unknown),
                wantsDepth: wantsDepth && own != nil)
            var format = CaptureFormat(
                lenses: plan.lenses, framesPerSecond: plan.framesPerSecond,
                calibration: (calibration ?? own)?.seen(inColorOf: plan.lenses[.color]))
            format.measuresDepth = plan.measuresDepth
            self.format = format
        } catch {
            session.end()
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

    /// How long a camera may be silent before it is given up, in seconds.
    public static func longestSilence(_ settings: OAKSettings) -> Double {
        max(Double(startLimit) / 1e9, silence(settings.framesPerSecond))
    }

    private static func silence(_ framesPerSecond: Double) -> Double { 3 / framesPerSecond + 2 }

    /// Streams until `stop`.
    /// - Throws: `CaptureError.lost` when the link is over or no pictures come; `unusable` when the camera refuses the graph.
    public func run(counters: CaptureCounters, stop: StopSignal, deliver: (CaptureDelivery) -> Void) throws {
        try session.run(plan.graph(settings, layout: layout), handlers: handlers(counters))
        try setLights()
        var assembler = ExposureAssembler(lenses: Set(plan.lenses.keys), framesPerSecond: plan.framesPerSecond)
        var deadline = Timestamp.after(Self.startLimit)
        let silence = Int64(Self.silence(plan.framesPerSecond) * 1e9)
        while !stop.isStopped {
            if let frame = frames.next(until: .after(Self.patience)) {
                let unpaired = assembler.unpaired
                for complete in assembler.add(frame) { deliver(.frame(complete)) }
                counters.dropped.add(assembler.unpaired - unpaired)
                deadline = .after(silence)
            } else if let why = session.ended {
                throw CaptureError.lost(why)
            } else if Timestamp.now() > deadline {
                throw CaptureError.lost(
                    "the camera sends no pictures\(try session.ask(.hasCrashDump) ?? false ? ": its firmware crashed" : "")")
            }
        }
    }

    /// Takes every stream's packets; those of three in a row that nobody can read end the session.
    private func handlers(_ counters: CaptureCounters) -> [String: XLinkPacketHandler] {
        plan.streams.mapValues { expected in
            let reader = PictureReader(expected, camera: camera, buffers: settings.buffers, counters: counters)
            return { [frames, session] packet in
                if let frame = reader.read(packet, at: .now()) { frames.offer(frame) }
                if reader.isHopeless { session.abandon(because: "the camera sends nothing that can be read") }
            }
        }
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
