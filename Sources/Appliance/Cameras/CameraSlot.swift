// SPDX-License-Identifier: Apache-2.0
import Capture
public import Core
import DepthAI
import Foundation
import Logging
public import Pipeline
import Settings

/// One camera of the box with everything behind it, as the servers see it: a supervisor that keeps a source open, a keeper
/// of the graph, and the hub where both meet the subscribers. No slot ever touches another.
public final class CameraSlot: CameraService, Sendable {
    public let id: CameraID
    public let hub: StreamHub
    /// The cameras the slot wants; nil for one that needs none.
    let requirement: CameraRequirement?
    /// Whether the slot was made for a camera nobody asked for: no trouble when it is away.
    let isOptional: Bool

    /// What clients want of the lenses.
    let storedControls: StoredControls

    /// Of the stages beside the graph: attached networks and what servers run for their clients.
    public let stageMonitor: StageMonitor

    private let settings: CameraSettings
    private let deployed: DeployedNetworks
    private let branches: AttachedNetworks
    private let graphController: GraphController
    private let supervisor: SlotSupervisor

    /// Nothing is opened until `start`.
    /// - Parameters:
    ///   - former: the slot this one follows: its hub with the subscribers stays, their stages, and what they want of the
    ///     lenses.
    ///   - isOptional: see there.
    ///   - allocator: gives out the cameras that are plugged in.
    init(
        _ settings: CameraSettings, former: CameraSlot?, isOptional: Bool = false, models: ModelLoader,
        allocator: CameraAllocator, storage: SlotStorage, logger: Logger
    ) {
        id = settings.id
        self.settings = settings
        var logger = logger
        logger[metadataKey: "camera"] = "\(settings.id)"
        hub = former?.hub ?? StreamHub(camera: settings.id)
        stageMonitor = former?.stageMonitor ?? StageMonitor(logger: logger)
        storedControls = former?.storedControls ?? StoredControls()
        let requirement = CameraRequirement(settings)
        self.requirement = requirement
        self.isOptional = isOptional
        branches = AttachedNetworks(hub: hub, monitor: stageMonitor)
        deployed = DeployedNetworks(hub: hub, branches: branches, store: storage.hub, models: models, logger: logger)
        let id = settings.id
        graphController = GraphController(settings, hub: hub, models: models, branches: branches, logger: logger) {
            storage.eeproms.memory(of: id)?.calibration
        }
        let sources = SourceFactory(fleet: allocator.fleet, logger: logger)
        supervisor = SlotSupervisor(
            settings, graphController: graphController, storedControls: storedControls, sources: sources,
            crashDumps: storage.crashDumps, logger: logger
        ) {
            requirement == nil ? .settings : allocator.supply(for: id)
        }
    }

    /// Starts the supervisor.
    func start() {
        supervisor.start()
        _ = StageThread(name: "\(id) deployed") { [deployed] in deployed.restore() }
    }

    /// Ends everything and blocks until all threads have ended. Never call from a Swift task.
    func stop() {
        supervisor.stop()
        branches.stop()
    }

    /// The cameras the slot may open may have changed. Returns at once.
    func wake() {
        supervisor.wake()
    }

    /// Firmware was imported: a camera that waits for it is tried at once. Returns at once.
    func firmwareArrived() {
        switch settings.source {
        case .oak, .auto: supervisor.retry()
        case .demo, .v4l2, .replay, .media: break
        }
    }

    /// Of the stages there are now.
    var heartbeats: [Heartbeat] {
        supervisor.heartbeats + (graphController.graph?.heartbeats ?? []) + stageMonitor.heartbeats
    }

    /// What the status light needs to know.
    var glance: LightPattern.Glance {
        let (life, supply, _) = supervisor.report
        let isStandIn = if case .demo = supply { true } else { false }
        return .init(state: life.state, isStandIn: isStandIn, isOptional: isOptional)
    }

    /// Whether pictures come from a camera, and not from the demo or a recording.
    var seesWithCamera: Bool {
        let (life, supply, _) = supervisor.report
        let isCamera =
            switch supply {
            case .cameras?, .oak?: true
            default: false
            }
        return isCamera && life.state == .running
    }

    // MARK: CameraService

    public func status() -> CameraStatus {
        let (life, supply, capture) = supervisor.report
        let graph = graphController.report
        var counters = graph.counters
        counters["stage_failed", default: 0] += stageMonitor.failures
        counters["capture_dropped"] = capture.dropped.current
        counters["decode_dropped"] = capture.undecodable.current
        counters["capture_restarts"] = capture.restarts.current
        let found = supervisor.source?.source.device ?? ""
        let lenses = graph.lenses.map { ($0.key.gen1Name, "\($0.value.width)x\($0.value.height)") }
        let troubles = life.why.isEmpty ? graph.problems : [life.why]
        var status = CameraStatus(
            id: id.name, state: life.state, why: troubles.filter { !$0.isEmpty }.joined(separator: "; "),
            source: (supply?.kind ?? settings.source.kind).rawValue,
            devices: (supply?.labels ?? []) + (found.isEmpty ? [] : [found]),
            lenses: Dictionary(uniqueKeysWithValues: lenses), network: graph.network)
        (status.stages, status.streams, status.counters) = (graph.stages, hub.statistics, counters)
        (status.device, status.crashDump) = (graphController.graph?.deviceHealth, supervisor.crashDump)
        status.placements = graph.placements
        status.verticalMisalignmentPixels = graph.misalignmentPixels.map { ($0 * 1000).rounded() / 1000 }
        return status
    }

    public func pipelineJSON() -> String {
        graphController.configuration.json()
    }

    public func replacePipeline(json: [UInt8]) async throws(PipelineRefusal) {
        let configuration: PipelineConfiguration
        do {
            configuration = try PipelineConfiguration(SettingsDocument.json(json, name: "request"))
        } catch {
            throw PipelineRefusal(field: error.path.isEmpty ? "body" : error.path, problem: error.problem)
        }
        try graphController.refuseForeignPaths(configuration)
        let outcome = await BlockingThread.run("\(id) rebuild") { [graphController] in
            Result { () throws(PipelineRefusal) in try graphController.rebuild(configuration) }
        }
        switch try outcome.get() {
        case .inForce: break
        // No camera to plan for: the request is kept, and tried at once.
        case .kept: supervisor.retry()
        case .otherWork: supervisor.reopen()
        }
    }

    public func renewGeometry() async throws(PipelineRefusal) {
        let outcome = await BlockingThread.run("\(id) rebuild") { [graphController] in
            Result { () throws(PipelineRefusal) in try graphController.renew() }
        }
        try outcome.get()
    }

    public func truthJSON(sequence: Int?) -> String? {
        guard let (source, first) = supervisor.source, let demo = source as? DemoSource else { return nil }
        return demo.truth(sequence: sequence.map { $0 - first }).map {
            TruthDocument(camera: id, $0, firstSequence: first).json()
        }
    }

    public var snapshotSource: SnapshotSource? {
        status().state == .running ? graphController.graph?.snapshotSource : nil
    }

    public var optics: CameraOptics? { graphController.graph?.optics }

    public func requestJPEG() {
        graphController.graph?.requestJPEG()
    }

    public func control(_ lens: CameraInstance, _ requirement: CameraControlRequest) async -> CameraControlState? {
        await supervisor.control(lens, requirement)
    }

    public var networks: (any NetworkDeployment)? { deployed }
}

extension CameraSupply {
    /// What the pictures come from, where it is not what the settings say.
    fileprivate var kind: CameraSettings.Kind? {
        switch self {
        case .cameras: .v4l2
        case .oak: .oak
        case .demo: .demo
        case .settings, .unknown, .none: nil
        }
    }

    fileprivate var labels: [String] {
        guard case .cameras(let bound) = self else { return [] }
        return bound.sorted { $0.key.rawValue < $1.key.rawValue }.map { position, camera in
            position == .only ? camera.device.label : "\(position.rawValue): \(camera.device.label)"
        }
    }
}
