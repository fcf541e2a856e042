// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation
import Inference
import Logging
import Pipeline
import Settings
import Synchronization

/// Builds the graph behind a slot's streams and puts it in the place of the one before, whole or not at all.
final class GraphController: Sendable {
    let hub: StreamHub
    private let models: ModelLoader
    private let branches: AttachedNetworks
    private let logger: Logger
    /// What scripts wrote about the camera; asked for whenever a graph is built.
    private let written: @Sendable () -> StereoCalibration?
    /// The pipeline as the settings have it.
    private let own: PipelineConfiguration
    private let state: Mutex<State>
    /// Held while a graph is built and put in place. Never taken by a Swift task.
    private let building = NSLock()

    private struct State {
        var configuration: PipelineConfiguration
        var format: CaptureFormat?
        var graph: CameraGraph?
        var network: NetworkStatus?
        var networkProblem = ""
    }

    /// What `status` tells of the graph.
    struct Report {
        var stages: [StageStatus] = []
        var counters: [String: Int] = [:]
        var lenses: [CameraInstance: LensFormat] = [:]
        var network: NetworkStatus?
        var networkProblem = ""
        /// By how many rows the rectified pictures miss each other, px, and what to do where that is too much.
        var misalignmentPixels: Double?
        var misalignmentWarning: String?
    }

    init(
        _ configuration: PipelineConfiguration, hub: StreamHub, models: ModelLoader, branches: AttachedNetworks, logger: Logger,
        written: @escaping @Sendable () -> StereoCalibration?
    ) {
        self.written = written
        self.hub = hub
        self.models = models
        self.branches = branches
        self.logger = logger
        own = configuration
        state = Mutex(State(configuration: configuration))
    }

    /// The pipeline in force, or wanted for the camera to come.
    var configuration: PipelineConfiguration { state.withLock { $0.configuration } }

    /// The graph frames go to.
    var graph: CameraGraph? { state.withLock { $0.graph } }

    var report: Report {
        let state = self.state.withLock { $0 }
        return Report(
            stages: state.graph?.stages ?? [], counters: state.graph?.dropCounters ?? [:], lenses: state.format?.lenses ?? [:],
            network: state.network, networkProblem: state.networkProblem,
            misalignmentPixels: state.graph?.alignment.misalignmentPixels, misalignmentWarning: state.graph?.alignment.warning)
    }

    /// Builds the graph for a source that was just opened.
    func install(_ format: CaptureFormat) throws {
        building.lock()
        defer { building.unlock() }
        let configuration = self.configuration
        put(try prepare(configuration, for: format), configuration, format)
    }

    /// Ends the graph: nothing of it is left when this returns. Subscribers are told why.
    func tearDown(_ gap: StreamGap) {
        building.lock()
        defer { building.unlock() }
        let graph = state.withLock { state in
            defer { (state.graph, state.format) = (nil, nil) }
            return state.graph
        }
        if graph != nil { hub.interrupt(gap) }
        graph?.stop()
    }

    /// Puts another pipeline in force: between two frames where only the matching of pictures differs, else in a new graph.
    /// - Returns: false when there is no camera to plan for now; the request is kept.
    func rebuild(_ configuration: PipelineConfiguration) throws(PipelineRefusal) -> Bool {
        building.lock()
        defer { building.unlock() }
        guard let format = state.withLock({ $0.format }) else {
            state.withLock { $0.configuration = configuration }
            return false
        }
        if let graph, configuration.differsOnlyInMatching(from: self.configuration) {
            try graph.changeMatching(configuration.depth)
            state.withLock { $0.configuration = configuration }
            return true
        }
        try replace(configuration, format)
        return true
    }

    /// Builds the graph again, because of what is written about the camera; one that comes later finds it anyway.
    func renew() throws(PipelineRefusal) {
        building.lock()
        defer { building.unlock() }
        guard let format = state.withLock({ $0.format }) else { return }
        try replace(configuration, format)
    }

    private func replace(_ configuration: PipelineConfiguration, _ format: CaptureFormat) throws(PipelineRefusal) {
        do {
            put(try prepare(configuration, for: format), configuration, format)
        } catch let refusal as PipelineRefusal {
            throw refusal
        } catch {
            throw PipelineRefusal(field: "pipeline", problem: "\(error)")
        }
    }

    /// Requests may choose among the files the owner named, never name others: HTTP clients must not read the disk.
    func refuseForeignPaths(_ configuration: PipelineConfiguration) throws(PipelineRefusal) {
        let current = self.configuration
        func check(_ field: String, _ key: KeyPath<PipelineConfiguration, String>, alsoAllowed: [String] = [])
            throws(PipelineRefusal)
        {
            let value = configuration[keyPath: key]
            let known = [current[keyPath: key], own[keyPath: key]] + alsoAllowed
            guard value.isEmpty || known.contains(value) else {
                throw PipelineRefusal(
                    field: field, problem: "requests cannot name files; name them in the box's settings and leave this key empty")
            }
        }
        try check("ai.model", \.ai.model, alsoAllowed: ["demo", "none", models.name(for: current.ai)])
        try check("ai.blob_file", \.ai.blobFile)
        try check("ai.blob_file_config", \.ai.blobFileConfig)
        try check("depth.calibration_file", \.depth.calibrationFile)
    }

    // MARK: Building

    private struct Prepared {
        let graph: CameraGraph
        let network: NetworkStatus?
        let networkProblem: String
    }

    private func prepare(_ configuration: PipelineConfiguration, for format: CaptureFormat) throws -> Prepared {
        let path = configuration.depth.calibrationFile
        let calibration = path.isEmpty ? (format.calibration == nil ? written() : nil) : try CalibrationFinder.read(path)
        var network: Network?
        var problem = ""
        do {
            network = try models.network(for: configuration.ai)
        } catch {
            // A box without a working network still sees and measures; results are refused only to those who ask for them.
            problem = "no network: \(error)"
            guard configuration.streams.isEmpty, configuration.ai.model.isEmpty, configuration.ai.blobFile.isEmpty else {
                throw PipelineRefusal(field: "ai.model", problem: "\(error)")
            }
        }
        let parts = CameraGraph.Parts(configuration: configuration, format: format, calibration: calibration, network: network)
        let graph = try CameraGraph(parts, hub: hub, logger: logger)
        let status = network.map { network in
            NetworkStatus(
                model: models.name(for: configuration.ai), family: network.manifest.family.rawValue, width: network.inputWidth,
                height: network.inputHeight, labels: network.labels)
        }
        return Prepared(graph: graph, network: status, networkProblem: problem)
    }

    /// Puts a graph in the place of the old one, which ends its work meanwhile.
    private func put(_ prepared: Prepared, _ configuration: PipelineConfiguration, _ format: CaptureFormat) {
        let old = state.withLock { state in
            defer {
                state = State(
                    configuration: configuration, format: format, graph: prepared.graph, network: prepared.network,
                    networkProblem: prepared.networkProblem)
            }
            return state.graph
        }
        if !prepared.networkProblem.isEmpty { logger.error("\(prepared.networkProblem)") }
        old?.stop()
        branches.setVideo(of: prepared.graph.videoPlace)
        branches.setRanging { [weak graph = prepared.graph] place in graph?.depthFusion(at: place) }
    }
}
