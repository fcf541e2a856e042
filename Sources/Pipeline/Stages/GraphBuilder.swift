// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Fusion
import Inference
import Stereo

/// Makes the compute objects of a graph from its parts, or says why they cannot be.
struct GraphBuilder {
    let configuration: PipelineConfiguration
    let format: CaptureFormat
    private let calibration: StereoCalibration?
    let network: Network?
    private let reasons: [DeviceTask: String]

    init(_ parts: CameraGraph.Parts) {
        configuration = parts.configuration
        format = parts.format
        calibration = parts.calibration ?? parts.format.calibration
        network = parts.network
        reasons = parts.reasons
    }

    var circumstances: PipelinePlan.Circumstances {
        var circumstances = PipelinePlan.Circumstances(
            lenses: Set(format.lenses.keys), isCalibrated: calibration != nil, hasNetwork: network != nil,
            videoProblem: VideoEncoders.problem)
        circumstances.deviceTasks = format.deviceTasks
        circumstances.reasons = reasons.merging(format.declined) { _, cameras in cameras }
        circumstances.sensesMotion = format.sensesMotion
        return circumstances
    }

    /// The rectification of the camera's pictures when the plan has pairs, or depth as a rectified camera sees it; nil when it has
    /// neither.
    func rectifier(_ plan: PipelinePlan) throws(PipelineRefusal) -> Rectifier? {
        guard plan.nodes.contains(.rectify) || plan.takesCameraDepth, let left = format.lenses[.left], let calibration else {
            return nil
        }
        guard left == format.lenses[.right] else {
            throw PipelineRefusal(field: "pair.right", problem: "left and right pictures must have the same size")
        }
        do {
            return try Rectifier(calibration: calibration, width: left.width, height: left.height)
        } catch {
            throw PipelineRefusal(field: "rectify.calibration", problem: "\(error)")
        }
    }

    struct Matching {
        let matcher: StereoMatcher
        var converter: DepthConverter
        let threads: Int
    }

    /// Matcher and converter for rectified pictures; nil when the plan matches none.
    /// - Parameter rectifier: of the plan.
    func matching(_ plan: PipelinePlan, _ rectifier: Rectifier?) throws(PipelineRefusal) -> Matching? {
        guard plan.nodes.contains(.stereo), let rectifier else { return nil }
        let depth = configuration.depth
        do {
            let settings = try depth.matching.stereoSettings()
            return Matching(
                matcher: try StereoMatcher(width: rectifier.width, height: rectifier.height, settings: settings),
                converter: try DepthConverter(rectifier, settings), threads: depth.threads)
        } catch {
            throw PipelineRefusal(field: "stereo", problem: "\(error)")
        }
    }

    /// How depth that the camera measured is shown as disparity; nil when the plan takes none.
    func disparityConverter(_ plan: PipelinePlan, _ rectifier: Rectifier?) throws(PipelineRefusal) -> DisparityConverter? {
        guard plan.takesCameraDepth, let rectifier else { return nil }
        do {
            return try DisparityConverter(
                focalPixels: rectifier.rectifiedModel.fx, baselineMillimetres: rectifier.baselineMillimetres)
        } catch {
            throw PipelineRefusal(field: "depth", problem: "\(error)")
        }
    }

    /// Fusion and tracker when the plan has a network; nil when it has none.
    func fusionWorker(
        _ plan: PipelinePlan, rectifier: Rectifier?, _ context: StageContext
    ) throws(PipelineRefusal) -> FusionWorker? {
        guard plan.nodes.contains(.fusion) else { return nil }
        do {
            let settings = try TrackerSettings(
                maximumTracks: configuration.tracker.maximumTracklets,
                confidenceThreshold: Float(configuration.tracker.confidenceThreshold))
            let fusion = try plan.feeds(.fusion, "depth") ? depthFusion(for: plan.networkInput, rectifier) : nil
            return FusionWorker(
                fusion: fusion, tracker: Tracker(settings), hub: context.hub, meters: context.meters, counters: context.counters)
        } catch {
            throw PipelineRefusal(field: "fusion", problem: "\(error)")
        }
    }

    /// How single pictures are looked at: the network's own where they are on offer, else the best the camera gives.
    func snapshotSource(_ plan: PipelinePlan, rectifier: Rectifier?) -> SnapshotSource? {
        let pictures: [StreamName] = [.color, .rectifiedRight, .right, .rectifiedLeft, .left]
        let stream = pictures.first { plan.networkInput != nil && plan.outputs[$0] == plan.networkInput }
        guard let stream = stream ?? pictures.first(where: { plan.outputs[$0] != nil }) else { return nil }
        guard plan.outputs[.depth] != nil, let rectifier else {
            return SnapshotSource(stream: stream, network: network, makeFusion: nil)
        }
        let input = plan.outputs[stream]
        return SnapshotSource(stream: stream, network: network) { try? depthFusion(for: input, rectifier) }
    }

    /// What reads distances for boxes in the picture of an output; nil without a calibrated pair.
    /// - Parameter settings: nil takes those of the configuration.
    func depthFusion(for input: PipelinePort?, _ rectifier: Rectifier?, _ settings: FusionSettings? = nil) throws -> DepthFusion?
    {
        guard let calibration, let rectifier else { return nil }
        let depth = configuration.depth
        let settings =
            try settings
            ?? FusionSettings(
                paddingFactor: Float(depth.paddingFactor), depthLimitMillimetres: Int(depth.limitMetres * 1000),
                confidenceThreshold: Float(depth.confidenceThreshold), statistic: depth.statistic)
        let mapping = try NetworkView(input: input, calibration: calibration, rectifier: rectifier, format: format)
            .mapping()
        return DepthFusion(
            settings: settings, mapping: mapping, depthModel: rectifier.rectifiedModel,
            baselineMillimetres: rectifier.baselineMillimetres)
    }

    /// What the camera's lenses and their geometry are, for servers that look for themselves.
    func optics(_ plan: PipelinePlan, rectifier: Rectifier?) -> CameraOptics {
        CameraOptics(calibration: calibration, lenses: format.lenses, framesPerSecond: format.framesPerSecond) {
            stream, settings in
            guard plan.outputs[.depth] != nil, let input = plan.outputs[stream] else { return nil }
            return try? depthFusion(for: input, rectifier, settings)
        }
    }

    var inferenceOptions: InferenceStage.Options {
        InferenceStage.Options(
            resize: configuration.ai.resize,
            confidence: configuration.ai.confidenceThreshold.map { Float($0) })
    }

    /// The streams on offer with their rate limits.
    func offers(_ plan: PipelinePlan) -> [StreamName: Double?] {
        var offers: [StreamName: Double?] = [:]
        for stream in plan.outputs.keys { offers[stream] = .some(limit(of: stream)) }
        return offers
    }

    private func limit(of stream: StreamName) -> Double? {
        configuration.streams.first { $0.name == stream }?.maximumFramesPerSecond
    }

    /// When every result stream is limited, the network need not run more often than the fastest of them.
    func networkLimiter(_ plan: PipelinePlan) -> RateLimiter? {
        let results = [StreamName.metaout, .objectTracker, .previewout].filter { plan.outputs[$0] != nil }
        let limits = results.compactMap(limit)
        guard !results.isEmpty, limits.count == results.count, let fastest = limits.max() else { return nil }
        return RateLimiter(perSecond: fastest)
    }
}

extension PipelinePlan {
    /// Whether a wire ends in that input.
    func feeds(_ node: PipelineNode, _ input: String) -> Bool {
        edges.contains { $0.to == PipelinePort(node, input) }
    }

    /// The side whose rectified picture the network sees, when it sees one.
    var rectifiedNetworkInput: CameraInstance? {
        switch networkInput {
        case PipelinePort(.rectify, "left"): .left
        case PipelinePort(.rectify, "right"): .right
        default: nil
        }
    }

    /// The lens `jpegout` pictures come from.
    var fullPictureLens: CameraInstance? { lens(of: .jpeg) }

    /// The lens `video` shows.
    var videoLens: CameraInstance? { takes(.video) ? .color : lens(of: .video) }

    private func lens(of node: PipelineNode) -> CameraInstance? {
        edges.first { $0.to.node == node }.flatMap { edge in
            CameraInstance.allCases.first { $0.gen1Name == edge.from.name }
        }
    }
}
