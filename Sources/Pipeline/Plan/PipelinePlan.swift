// SPDX-License-Identifier: Apache-2.0
public import Capture
public import Core

/// A working part of the graph.
public enum PipelineNode: String, Sendable, CaseIterable, Hashable {
    case capture, pair, rectify, stereo, depth
    case disparityPicture = "disparity_picture"
    case colorMap = "color_map"
    case network, fusion, tracker, jpeg, video, system
}

/// A named input or output of a node.
public struct PipelinePort: Sendable, Hashable, CustomStringConvertible {
    public var node: PipelineNode
    public var name: String

    public init(_ node: PipelineNode, _ name: String) {
        self.node = node
        self.name = name
    }

    public var description: String { "\(node.rawValue).\(name)" }
}

/// Which nodes a configuration needs and how they are joined, worked out before anything is built.
public struct PipelinePlan: Sendable, Hashable {
    /// A wire from an output to an input.
    public struct Edge: Sendable, Hashable {
        public var from: PipelinePort
        public var to: PipelinePort
    }

    public private(set) var nodes: Set<PipelineNode> = []
    public private(set) var edges: [Edge] = []
    /// The output behind each stream on offer.
    public private(set) var outputs: [StreamName: PipelinePort] = [:]
    /// The picture the network sees, when there is a network.
    public private(set) var networkInput: PipelinePort?

    /// Whether the camera's own depth is used; otherwise the box matches pairs.
    public var takesCameraDepth: Bool { takes(.depth) }

    private static let motion = PipelinePort(.capture, "motion")

    /// Whether what the camera delivers of a task is used; otherwise the box does it, if anybody.
    public func takes(_ task: DeviceTask) -> Bool { edges.contains { $0.from == Self.output(of: task) } }

    /// Where each task is done that the plan needs.
    public var placements: [DeviceTask: Placement] {
        let needed: [(DeviceTask, Set<PipelineNode>)] = [
            (.depth, [.depth, .stereo]), (.network, [.network]), (.video, [.video]),
        ]
        var placements: [DeviceTask: Placement] = [:]
        for (task, parts) in needed where !nodes.isDisjoint(with: parts) { placements[task] = takes(task) ? .device : .host }
        return placements
    }

    /// The output of a camera that does a task itself.
    private static func output(of task: DeviceTask) -> PipelinePort {
        switch task {
        case .depth: PipelinePort(.capture, "depth")
        case .network: PipelinePort(.capture, "tensors")
        case .video: PipelinePort(.capture, "encoded")
        }
    }

    /// What the planner knows about the camera and the box.
    public struct Circumstances: Sendable {
        public var lenses: Set<CameraInstance>
        public var isCalibrated: Bool
        public var hasNetwork: Bool
        /// What the camera does itself.
        public var deviceTasks: Set<DeviceTask> = []
        /// Why it does not do more.
        public var reasons: [DeviceTask: String] = [:]
        /// Whether the camera delivers readings of a motion sensor.
        public var sensesMotion = false
        /// Why the box cannot make H.264; nil when it can.
        public var videoProblem: String?

        public init(lenses: Set<CameraInstance>, isCalibrated: Bool, hasNetwork: Bool, videoProblem: String? = nil) {
            self.videoProblem = videoProblem
            self.lenses = lenses
            self.isCalibrated = isCalibrated
            self.hasNetwork = hasNetwork
        }
    }

    /// Plans a configuration.
    /// - Throws: `PipelineRefusal` naming the stream, node and port that cannot be served. A configuration that asks for
    ///   everything (no `streams`) gets what is possible and is refused only when nothing is.
    public init(_ configuration: PipelineConfiguration, _ circumstances: Circumstances) throws(PipelineRefusal) {
        if configuration.streams.isEmpty {
            for stream in StreamName.allCases {
                // What this camera cannot give is simply not on offer.
                if let plan = try? adding(stream, configuration, circumstances) { self = plan }
            }
            // What the owner wants of this camera by name is not left out.
            for task in DeviceTask.allCases where task != .network || circumstances.hasNetwork {
                _ = try isOnCamera(task, configuration, circumstances)
            }
        } else {
            for request in configuration.streams { self = try adding(request.name, configuration, circumstances) }
        }
    }

    /// This plan with one more stream.
    private func adding(
        _ stream: StreamName, _ configuration: PipelineConfiguration, _ circumstances: Circumstances
    ) throws(PipelineRefusal) -> PipelinePlan {
        var plan = self
        do {
            let port = Self.source(of: stream)
            try plan.require(port, configuration, circumstances)
            plan.outputs[stream] = port
        } catch {
            throw PipelineRefusal(field: "streams", problem: "'\(stream.rawValue)' needs \(error.field): \(error.problem)")
        }
        return plan
    }

    /// The output that a stream is.
    private static func source(of stream: StreamName) -> PipelinePort {
        switch stream {
        case .left: PipelinePort(.capture, "left")
        case .right: PipelinePort(.capture, "right")
        case .color: PipelinePort(.capture, "rgb")
        case .rectifiedLeft: PipelinePort(.rectify, "left")
        case .rectifiedRight: PipelinePort(.rectify, "right")
        case .disparity: PipelinePort(.disparityPicture, "picture")
        case .disparityColor: PipelinePort(.colorMap, "picture")
        case .depth: PipelinePort(.depth, "depth")
        case .previewout: PipelinePort(.network, "preview")
        case .metaout: PipelinePort(.fusion, "detections")
        case .objectTracker: PipelinePort(.tracker, "tracks")
        case .jpegout: PipelinePort(.jpeg, "file")
        case .video: PipelinePort(.video, "packets")
        case .metaD2H: PipelinePort(.system, "report")
        case .imu: motion
        }
    }

    /// Adds the node behind `port` with everything it needs itself.
    private mutating func require(
        _ port: PipelinePort, _ configuration: PipelineConfiguration, _ circumstances: Circumstances
    ) throws(PipelineRefusal) {
        if port == Self.motion {
            try requireMotion(circumstances)
        } else if port.node == .capture, !DeviceTask.allCases.contains(where: { Self.output(of: $0) == port }) {
            try requireLens(port, circumstances)
        }
        guard nodes.insert(port.node).inserted else { return }
        for (input, source) in try inputs(of: port.node, configuration, circumstances) {
            try require(source, configuration, circumstances)
            edges.append(Edge(from: source, to: PipelinePort(port.node, input)))
        }
        if port.node == .network { networkInput = networkSource(configuration, circumstances) }
    }

    private func requireMotion(_ circumstances: Circumstances) throws(PipelineRefusal) {
        guard !circumstances.sensesMotion else { return }
        throw PipelineRefusal(
            field: "\(Self.motion)", problem: "the camera has no motion sensor, or oak.imu is 0, which keeps it off")
    }

    private func requireLens(_ port: PipelinePort, _ circumstances: Circumstances) throws(PipelineRefusal) {
        guard !circumstances.lenses.contains(where: { $0.gen1Name == port.name }) else { return }
        let present = circumstances.lenses.map(\.gen1Name).sorted().joined(separator: ", ")
        throw PipelineRefusal(field: "\(port)", problem: "the camera has no such lens; it has \(present)")
    }

    /// The inputs of a node and the outputs that feed them.
    private func inputs(
        of node: PipelineNode, _ configuration: PipelineConfiguration, _ circumstances: Circumstances
    ) throws(PipelineRefusal) -> [(String, PipelinePort)] {
        switch node {
        case .capture, .system:
            return []
        case .pair:
            return [("left", PipelinePort(.capture, "left")), ("right", PipelinePort(.capture, "right"))]
        case .rectify:
            guard circumstances.isCalibrated else {
                throw PipelineRefusal(
                    field: "rectify.calibration", problem: "the camera has no calibration; name a file in depth.calibration_file")
            }
            return [("pair", PipelinePort(.pair, "pair"))]
        case .stereo:
            return [("pair", PipelinePort(.rectify, "pair"))]
        case .depth:
            let isMeasured = try isMeasuredByCamera(configuration, circumstances)
            return [isMeasured ? ("depth", Self.output(of: .depth)) : ("disparity", PipelinePort(.stereo, "disparity"))]
        case .disparityPicture, .colorMap:
            let isMeasured = try isMeasuredByCamera(configuration, circumstances)
            return [isMeasured ? ("depth", PipelinePort(.depth, "depth")) : ("disparity", PipelinePort(.stereo, "disparity"))]
        case .network:
            guard circumstances.hasNetwork else {
                throw PipelineRefusal(
                    field: "network.model", problem: "no network is configured; set ai.model or models.detection")
            }
            guard try isOnCamera(.network, configuration, circumstances) else {
                return [("picture", networkSource(configuration, circumstances))]
            }
            return [("tensors", Self.output(of: .network))]
        case .fusion:
            let detections = ("detections", PipelinePort(.network, "detections"))
            let ranged = configuration.ai.measuresDistance && circumstances.lenses.isSuperset(of: [.left, .right])
            return ranged && circumstances.isCalibrated ? [detections, ("depth", PipelinePort(.depth, "depth"))] : [detections]
        case .tracker:
            return [("detections", PipelinePort(.fusion, "detections"))]
        case .video:
            if try isOnCamera(.video, configuration, circumstances) { return [("packets", Self.output(of: .video))] }
            if configuration.video?.profile != .mjpeg, let problem = circumstances.videoProblem {
                throw PipelineRefusal(field: "video.encoder", problem: problem)
            }
            return [("picture", fullPicture(circumstances))]
        case .jpeg:
            return [("picture", fullPicture(circumstances))]
        }
    }

    /// Whether the camera does a task.
    /// - Throws: when the owner wants that and the camera does not.
    private func isOnCamera(
        _ task: DeviceTask, _ configuration: PipelineConfiguration, _ circumstances: Circumstances
    ) throws(PipelineRefusal) -> Bool {
        let placement = configuration.placement(of: task)
        let isPossible = circumstances.deviceTasks.contains(task)
        guard placement != .device || isPossible else {
            let reason = circumstances.reasons[task] ?? "the camera does not \(task.words) itself"
            throw PipelineRefusal(field: task.placementKey, problem: "\(reason); use auto or host")
        }
        return placement != .host && isPossible
    }

    private func isMeasuredByCamera(
        _ configuration: PipelineConfiguration, _ circumstances: Circumstances
    ) throws(PipelineRefusal) -> Bool {
        guard try isOnCamera(.depth, configuration, circumstances) else { return false }
        guard circumstances.isCalibrated else {
            throw PipelineRefusal(
                field: "depth.calibration", problem: "the camera has no calibration; name a file in depth.calibration_file")
        }
        return true
    }

    /// gen1's rule: without a colour camera the right one serves, with neither the left.
    private func fullPicture(_ circumstances: Circumstances) -> PipelinePort {
        let order: [CameraInstance] = [.color, .right, .left]
        return PipelinePort(.capture, (order.first(where: circumstances.lenses.contains) ?? .color).gen1Name)
    }

    private func networkSource(_ configuration: PipelineConfiguration, _ circumstances: Circumstances) -> PipelinePort {
        switch configuration.ai.cameraInput {
        case .rgb: fullPicture(circumstances)
        case .left: PipelinePort(.capture, "left")
        case .right: PipelinePort(.capture, "right")
        case .rectifiedLeft: PipelinePort(.rectify, "left")
        case .rectifiedRight: PipelinePort(.rectify, "right")
        }
    }
}

extension DeviceTask {
    fileprivate var words: String {
        switch self {
        case .depth: "measure depth"
        case .network: "run networks"
        case .video: "encode video"
        }
    }
}
