// SPDX-License-Identifier: Apache-2.0
public import Capture
public import Core
public import Fusion
public import Inference
public import Logging
import Stereo
import Synchronization

/// The running stream graph of one camera: takes frames at one end, publishes streams at the other.
///
/// It is built whole from a plan or refused whole. `ingest` is called by the capture thread and never blocks; each stage
/// works on a thread of its own behind a mailbox.
public final class CameraGraph: Sendable {
    /// What a graph is made from.
    public struct Parts: Sendable {
        public var configuration: PipelineConfiguration
        public var format: CaptureFormat
        /// The camera's calibration; the source's own when nil.
        public var calibration: StereoCalibration?
        public var network: Network?
        /// Why the camera was not asked to do more itself.
        public var reasons: [DeviceTask: String]

        public init(
            configuration: PipelineConfiguration, format: CaptureFormat, calibration: StereoCalibration?, network: Network?,
            reasons: [DeviceTask: String] = [:]
        ) {
            self.reasons = reasons
            self.configuration = configuration
            self.format = format
            self.calibration = calibration
            self.network = network
        }
    }

    public let plan: PipelinePlan
    /// How single pictures are looked at; nil when no picture is on offer.
    public let snapshotSource: SnapshotSource?
    /// The camera's lenses and their geometry.
    public let optics: CameraOptics
    private let hub: StreamHub
    private let meters = GraphMeters()
    private let counters = GraphCounters()
    private let monitor: StageMonitor
    private let stereo: StereoStage?
    private let cameraDepth: CameraDepthStage?
    /// Whether the camera delivers depth beside its pictures, wanted or not.
    private let measuresDepth: Bool
    private let inference: InferenceStage?
    private let cameraNetwork: CameraNetworkStage?
    private let fusion: FusionStage?
    private let jpeg: JPEGStage?
    private let video: VideoStage?
    /// The pictures that `video` shows as H.264; nil when it shows none.
    public let videoPlace: NetworkTap?
    private let needsEveryPair: Bool
    /// Streams made from pairs; while nobody wants one and no node needs depth, pairs are not even matched.
    private let pairStreams: [StreamName]
    private let ingestState: Mutex<IngestState>
    private let health = Mutex(RecentHealth())
    private let started = Timestamp.now()
    private let makeFusion: @Sendable (NetworkTap) -> DepthFusion?

    private struct IngestState {
        var pairer: StereoPairer
        var networkLimiter: RateLimiter?
        var nextReport = Timestamp(nanoseconds: 0)
    }

    /// Plans and builds the graph; its threads start, its streams are on offer when it returns.
    /// - Throws: `PipelineRefusal`, with nothing started.
    public init(_ parts: Parts, hub: StreamHub, logger: Logger) throws(PipelineRefusal) {
        let builder = GraphBuilder(parts)
        plan = try PipelinePlan(parts.configuration, builder.circumstances)
        let plan = plan
        (self.hub, monitor) = (hub, StageMonitor(logger: logger))
        measuresDepth = parts.format.measuresDepth
        let context = GraphBuilder.StageContext(hub: hub, meters: meters, counters: counters, monitor: monitor)

        let rectifier = try builder.rectifier(plan)
        let matching = try builder.matching(plan, rectifier)
        snapshotSource = builder.snapshotSource(plan, rectifier: rectifier)
        optics = builder.optics(plan, rectifier: rectifier)
        let fusionWorker = try builder.fusionWorker(plan, rectifier: rectifier, context)

        let disparity = try builder.disparityConverter(plan, rectifier)

        // Nothing below can fail. Stages are started from the end of the walk to its beginning.
        let fusion = fusionWorker.map {
            FusionStage(
                worker: $0, camera: hub.camera, isLate: plan.takes(.network), counters: context.counters,
                monitor: context.monitor)
        }
        let depthReader = plan.feeds(.fusion, "depth") ? fusion : nil
        let progress = MatchingProgress()
        cameraDepth = disparity.map { converter in
            CameraDepthStage(converter: converter, context: context) { depthReader?.offer($0) }
        }
        let onDetections: @Sendable (DetectionSet) -> Void = { set in
            // A camera that measures depth sends it a moment after the picture.
            let isMaking = plan.takesCameraDepth || progress.isMaking(set.origin.frame.sequence)
            let isComing = depthReader != nil && isMaking
            fusion?.offer(set, depthIsComing: isComing)
        }
        let inference = builder.inferenceStage(plan, context, onDetections: onDetections)
        cameraNetwork = builder.cameraNetworkStage(plan, context, onDetections: onDetections)
        let rectifiedInput = plan.rectifiedNetworkInput
        let wiring = StereoWorker.Wiring(
            needsDepth: depthReader != nil && matching != nil,
            onRectified: { frame in if frame.header.instance == rectifiedInput { inference?.offer(frame) } },
            onDepth: { depthReader?.offer($0) })
        stereo = builder.stereoStage(plan, rectifier, matching, context, progress: progress, wiring: wiring)
        pairStreams = [.rectifiedLeft, .rectifiedRight] + (matching == nil ? [] : [.disparity, .disparityColor, .depth])
        (self.fusion, self.inference) = (fusion, inference)
        jpeg = builder.jpegStage(plan, context)
        video = builder.videoStage(plan, context)
        videoPlace = parts.configuration.video?.profile == .mjpeg ? nil : plan.videoLens.map(NetworkTap.init)
        makeFusion = { place in
            guard plan.outputs[.depth] != nil else { return nil }
            return try? builder.depthFusion(for: place.port, rectifier)
        }
        needsEveryPair = wiring.needsDepth || rectifiedInput != nil
        ingestState = Mutex(
            IngestState(
                pairer: StereoPairer(framesPerSecond: parts.format.framesPerSecond), networkLimiter: builder.networkLimiter(plan))
        )
        hub.offer(builder.offers(plan))
    }

    /// Checks whether a graph could be made, and makes none.
    /// - Throws: `PipelineRefusal`.
    public static func check(_ parts: Parts) throws(PipelineRefusal) {
        let builder = GraphBuilder(parts)
        let plan = try PipelinePlan(parts.configuration, builder.circumstances)
        let rectifier = try builder.rectifier(plan)
        _ = try builder.matching(plan, rectifier)
        _ = try builder.disparityConverter(plan, rectifier)
    }

    /// Takes what the camera delivers. Never blocks; called by the capture thread only.
    public func ingest(_ delivery: CaptureDelivery) {
        switch delivery {
        case .frame(let frame): ingest(frame)
        case .tensors(let tensors): if takesForNetwork(tensors.header) { cameraNetwork?.offer(tensors) }
        case .encoded(let picture): publish(picture)
        case .health(let health): ingest(health)
        case .motion(let batch): ingest(batch)
        // Kept by whoever opened the camera.
        case .crash: break
        }
    }

    /// Takes a frame from the camera. Never blocks; called by the capture thread only.
    public func ingest(_ frame: Frame) {
        let header = frame.header
        if measuresDepth, header.format == .depth16 {
            cameraDepth?.offer(frame)
            return
        }
        meters.capture.record(wall: Timestamp.now().nanoseconds(since: header.captured))
        if let stream = StreamName(rawValue: header.instance == .color ? "color" : header.instance.gen1Name),
            hub.isWanted(stream, at: header.captured)
        {
            hub.publish(StreamPacket(frame), on: stream)
        }
        if plan.networkInput == PipelinePort(.capture, header.instance.gen1Name) {
            if let cameraNetwork {
                if hub.isWanted(.previewout, at: header.captured) { cameraNetwork.show(frame) }
            } else if takesForNetwork(header) {
                inference?.offer(frame)
            }
        }
        if plan.fullPictureLens == header.instance { jpeg?.offer(frame) }
        if plan.videoLens == header.instance { video?.offer(frame) }
        if header.instance != .color { pair(frame) }
        reportSystem(at: header)
    }

    /// Takes readings of the camera's motion sensor. Never blocks.
    public func ingest(_ batch: MotionBatch) {
        hub.publish(StreamPacket(.motion(batch), sequence: batch.sequence, captured: batch.time), on: .imu)
    }

    /// Takes what the camera says about itself. Never blocks.
    public func ingest(_ health: DeviceHealth) {
        self.health.withLock { $0.note(health, at: .now()) }
    }

    /// How the camera itself is doing; nil for one that does not tell, or has not told lately.
    public var deviceHealth: DeviceHealth? { health.withLock { $0.value(at: .now()) } }

    /// One picture for `jpegout`, from the next exposure.
    public func requestJPEG() {
        jpeg?.request()
    }

    /// Matches pictures otherwise from the next pair on; nothing else is disturbed.
    /// - Throws: `PipelineRefusal`, with nothing changed.
    public func changeMatching(_ depth: DepthConfiguration) throws(PipelineRefusal) {
        do {
            stereo?.apply(try depth.matching.stereoSettings())
        } catch {
            throw PipelineRefusal(field: "stereo", problem: "\(error)")
        }
    }

    /// What reads the distances of boxes in a picture off this graph's depth; nil when the graph makes none.
    public func depthFusion(at place: NetworkTap) -> DepthFusion? { makeFusion(place) }

    /// Ends all stages and blocks until their threads have ended. The hub's offer stays as it is: the next graph makes
    /// its own. Never call from a Swift task.
    public func stop() {
        stereo?.stop()
        cameraDepth?.stop()
        inference?.stop()
        cameraNetwork?.stop()
        fusion?.stop()
        jpeg?.stop()
        video?.stop()
    }

    /// Of the stages at work.
    public var heartbeats: [Heartbeat] { monitor.heartbeats }

    /// Figures of the stages that have run.
    public var stages: [StageStatus] { meters.statuses }

    /// By how many rows the rectified pictures miss each other, px, and what to do about it where it is too much.
    public var alignment: (misalignmentPixels: Double?, warning: String?) {
        (meters.alignment.misalignmentPixels, meters.alignment.warning)
    }

    /// Dropped and skipped frames by counter name.
    public var dropCounters: [String: Int] {
        var byName = counters.byName
        byName["stage_failed"] = monitor.failures
        return byName
    }

    /// A picture of the stream `video` that the camera has encoded.
    private func publish(_ picture: EncodedPicture) {
        guard plan.takes(.video), hub.isWanted(.video, at: picture.captured) else { return }
        hub.publish(
            StreamPacket(.video(VideoPacket(picture)), sequence: picture.sequence, captured: picture.captured), on: .video)
    }

    private func takesForNetwork(_ header: FrameHeader) -> Bool {
        ingestState.withLock { $0.networkLimiter?.take(header.captured) ?? true }
    }

    private func pair(_ frame: Frame) {
        guard let stereo else { return }
        let pair = ingestState.withLock { state -> StereoPair? in
            let missed = state.pairer.missed
            defer { counters.pairMissed.add(state.pairer.missed - missed) }
            return state.pairer.add(frame)
        }
        guard let pair else { return }
        let captured = frame.header.captured
        if needsEveryPair || pairStreams.contains(where: { hub.isWanted($0, at: captured) }) { stereo.offer(pair) }
    }

    /// `meta_d2h` once a second.
    private func reportSystem(at header: FrameHeader) {
        guard plan.nodes.contains(.system) else { return }
        let isDue = ingestState.withLock { state -> Bool in
            guard header.captured >= state.nextReport else { return false }
            state.nextReport = header.captured.advanced(byNanoseconds: 1_000_000_000)
            return true
        }
        guard isDue else { return }
        let uptime = Double(header.captured.nanoseconds(since: started)) / 1e9
        let report = SystemMonitor.report(SystemMonitor.sample(), device: deviceHealth, uptimeSeconds: uptime)
        hub.publish(StreamPacket(.json(report), sequence: header.sequence, captured: header.captured), on: .metaD2H)
    }
}
