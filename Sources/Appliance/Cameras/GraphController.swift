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
    /// As the owner wrote them.
    private let settings: CameraSettings
    private let state: Mutex<State>
    /// Held while a graph is built and put in place. Never taken by a Swift task.
    private let building = NSLock()

    private struct State {
        /// Whether the camera that is open, or about to be, has a processor of its own.
        var hasProcessor = false
        var configuration: PipelineConfiguration
        var format: CaptureFormat?
        var graph: CameraGraph?
        var network: NetworkStatus?
        var networkProblem = ""
        /// What else may run the network; nil where nothing may.
        var runner: (any BlobRunner)?
        /// What the camera was asked to do when it was opened; nil while it is not.
        var asked: DevicePlan?
        /// What the camera did not take of the configuration, in its own words.
        var declined: [DeviceTask: String] = [:]

        mutating func adopt(_ configuration: PipelineConfiguration) {
            (declined, self.configuration) = (declined(for: configuration), configuration)
        }

        /// What the camera did not take it may take beside other work.
        func declined(for next: PipelineConfiguration) -> [DeviceTask: String] {
            let isSameWork =
                configuration.ai == next.ai && configuration.video == next.video
                && configuration.videoPlacement == next.videoPlacement
                && configuration.depth.placement == next.depth.placement
            return isSameWork ? declined : [:]
        }
    }

    /// What a camera is opened for.
    struct Opening {
        let plan: DevicePlan
        fileprivate let configuration: PipelineConfiguration
        /// nil for cameras that run none.
        fileprivate let loaded: Loaded?
    }

    /// The network of a configuration, or why there is none.
    fileprivate struct Loaded {
        var network: Network?
        var problem = ""
    }

    /// What another pipeline asks of the supervisor.
    enum Change {
        /// It is in force.
        case inForce
        /// There is no camera to plan for now; it is kept.
        case kept
        /// The camera has other work with it, and has to be opened anew.
        case otherWork
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
        /// Where the tasks are done; nil where there are none.
        var placements: [String: String]?
        /// Why the accelerator does not run the network; empty where it does or need not.
        var acceleratorProblem = ""
        /// What the box does because the camera did not take it, and why.
        var declined: [DeviceTask: String] = [:]

        /// What is not as it should be, one sentence each.
        var problems: [String] {
            let refused = declined.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "the box does the camera's \($0.key.rawValue): \($0.value)" }
            return [networkProblem, acceleratorProblem, misalignmentWarning ?? ""] + refused
        }
    }

    init(
        _ settings: CameraSettings, hub: StreamHub, models: ModelLoader, branches: AttachedNetworks, logger: Logger,
        written: @escaping @Sendable () -> StereoCalibration?
    ) {
        self.written = written
        self.hub = hub
        self.models = models
        self.branches = branches
        self.logger = logger
        self.settings = settings
        state = Mutex(State(configuration: settings.pipeline))
    }

    /// The pipeline in force, or wanted for the camera to come.
    var configuration: PipelineConfiguration { state.withLock { $0.configuration } }

    /// The graph frames go to.
    var graph: CameraGraph? { state.withLock { $0.graph } }

    var report: Report {
        let state = self.state.withLock { $0 }
        var report = Report(
            stages: state.graph?.stages ?? [], counters: state.graph?.dropCounters ?? [:], lenses: state.format?.lenses ?? [:],
            network: state.network, networkProblem: state.networkProblem,
            misalignmentPixels: state.graph?.alignment.misalignmentPixels, misalignmentWarning: state.graph?.alignment.warning)
        let placements = state.graph?.plan.placements ?? [:]
        if !placements.isEmpty {
            report.placements = Dictionary(
                uniqueKeysWithValues: placements.map { ($0.key.rawValue, $0.value.rawValue) })
        }
        if placements[.network] == .host, let runner = state.runner {
            if runner.isServing { report.placements?[DeviceTask.network.rawValue] = "accelerator" }
            let problem = runner.problem
            if !problem.isEmpty { report.acceleratorProblem = "the box runs the network itself: \(problem)" }
        }
        report.declined = state.declined.filter { placements[$0.key] == .host }
        return report
    }

    /// What the camera is to be opened for: the pipeline in force, and what of it the camera is asked to do itself.
    /// - Parameter hasProcessor: whether the camera has a processor of its own.
    func opening(hasProcessor: Bool) throws -> Opening {
        building.lock()
        defer { building.unlock() }
        state.withLock { $0.hasProcessor = hasProcessor }
        return try opening(configuration)
    }

    private func opening(_ configuration: PipelineConfiguration) throws -> Opening {
        guard hasProcessor else { return Opening(plan: .none, configuration: configuration, loaded: nil) }
        let loaded = try load(configuration)
        let plan = DevicePlan(
            configuration, network: loaded.network, measures: settings.calibration.isEmpty,
            declined: state.withLock { $0.declined(for: configuration) })
        for (task, reason) in plan.reasons { logger.info("the box does the camera's \(task.rawValue): \(reason)") }
        return Opening(plan: plan, configuration: configuration, loaded: loaded)
    }

    private var hasProcessor: Bool { state.withLock { $0.hasProcessor } }

    /// The camera did not take some of its work: it is not asked for that again until the pipeline is another one.
    func remember(declined tasks: Set<DeviceTask>, _ words: String) {
        state.withLock { state in for task in tasks { state.declined[task] = words } }
        logger.warning("\(CaptureError.declined(tasks, words)): the box does it where it may")
    }

    /// Builds the graph for a source that was just opened.
    /// - Returns: false when another pipeline has come into force meanwhile: the source was opened for the wrong one.
    func install(_ format: CaptureFormat, _ opening: Opening) throws -> Bool {
        building.lock()
        defer { building.unlock() }
        guard opening.configuration == configuration else { return false }
        for (task, reason) in format.declined { logger.info("the box does the camera's \(task.rawValue): \(reason)") }
        put(try prepare(opening, for: format), opening, format)
        return true
    }

    /// Ends the graph: nothing of it is left when this returns. Subscribers are told why.
    func tearDown(_ gap: StreamGap) {
        building.lock()
        defer { building.unlock() }
        let graph = state.withLock { state in
            defer { (state.graph, state.format, state.asked, state.runner) = (nil, nil, nil, nil) }
            return state.graph
        }
        if graph != nil { hub.interrupt(gap) }
        graph?.stop()
    }

    /// Puts another pipeline in force: between two frames where only the matching of pictures differs, else in a new graph.
    /// What asks the camera for other work waits until it is opened anew.
    func rebuild(_ configuration: PipelineConfiguration) throws(PipelineRefusal) -> Change {
        building.lock()
        defer { building.unlock() }
        guard let format = state.withLock({ $0.format }) else {
            state.withLock { $0.adopt(configuration) }
            return .kept
        }
        if let graph, configuration.differsOnlyInMatching(from: self.configuration) {
            try graph.changeMatching(configuration.depth)
            state.withLock { $0.adopt(configuration) }
            return .inForce
        }
        return try refusing { () throws in
            let opening = try opening(configuration)
            guard opening.plan.work == state.withLock({ $0.asked?.work }) else {
                try CameraGraph.check(parts(opening, opening.loaded?.network, for: format.doing(opening.plan.work)))
                state.withLock { $0.adopt(configuration) }
                return .otherWork
            }
            put(try prepare(opening, for: format), opening, format)
            return .inForce
        }
    }

    /// Builds the graph again, because of what is written about the camera; one that comes later finds it anyway.
    func renew() throws(PipelineRefusal) {
        building.lock()
        defer { building.unlock() }
        guard let format = state.withLock({ $0.format }) else { return }
        try refusing { () throws in
            let opening = try opening(configuration)
            // Otherwise the camera is about to be opened anew, which finds it, too.
            guard opening.plan.work == state.withLock({ $0.asked?.work }) else { return }
            put(try prepare(opening, for: format), opening, format)
        }
    }

    private func refusing<Result>(_ body: () throws -> Result) throws(PipelineRefusal) -> Result {
        do {
            return try body()
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
            let known = [current[keyPath: key], settings.pipeline[keyPath: key]] + alsoAllowed
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
        let runner: (any BlobRunner)?
    }

    private func prepare(_ opening: Opening, for format: CaptureFormat) throws -> Prepared {
        let configuration = opening.configuration
        var loaded = try opening.loaded ?? load(configuration)
        // What a camera runs has not been made ready to run here.
        if !format.deviceTasks.contains(.network), let network = loaded.network {
            loaded = try load(configuration) { () throws(InferenceError) in
                try network.prepareToRun()
                return network
            }
        }
        let graph = try CameraGraph(parts(opening, loaded.network, for: format), hub: hub, logger: logger)
        let status = loaded.network.map { network in
            NetworkStatus(
                model: models.name(for: configuration.ai), family: network.manifest.family.rawValue, width: network.inputWidth,
                height: network.inputHeight, labels: network.labels)
        }
        return Prepared(graph: graph, network: status, networkProblem: loaded.problem, runner: loaded.network?.runner)
    }

    private func parts(_ opening: Opening, _ network: Network?, for format: CaptureFormat) throws -> CameraGraph.Parts {
        let path = opening.configuration.depth.calibrationFile
        let calibration = path.isEmpty ? (format.calibration == nil ? written() : nil) : try CalibrationFinder.read(path)
        return CameraGraph.Parts(
            configuration: opening.configuration, format: format, calibration: calibration, network: network,
            reasons: opening.plan.reasons)
    }

    private func load(_ configuration: PipelineConfiguration) throws -> Loaded {
        let mayRunElsewhere = hasProcessor && configuration.ai.placement != .host
        return try load(configuration) { try models.network(for: configuration.ai, mayRunElsewhere: mayRunElsewhere) }
    }

    /// A box without a working network still sees and measures; results are refused only to those who ask for them.
    private func load(_ configuration: PipelineConfiguration, _ body: () throws -> Network?) throws -> Loaded {
        do {
            return Loaded(network: try body())
        } catch {
            guard configuration.streams.isEmpty, configuration.ai.model.isEmpty, configuration.ai.blobFile.isEmpty else {
                throw PipelineRefusal(field: "ai.model", problem: "\(error)")
            }
            return Loaded(problem: "no network: \(error)")
        }
    }

    /// Puts a graph in the place of the old one, which ends its work meanwhile.
    private func put(_ prepared: Prepared, _ opening: Opening, _ format: CaptureFormat) {
        let old = state.withLock { state in
            defer {
                state.adopt(opening.configuration)
                (state.format, state.asked, state.graph) = (format, opening.plan, prepared.graph)
                (state.network, state.networkProblem) = (prepared.network, prepared.networkProblem)
                state.runner = prepared.runner
            }
            return state.graph
        }
        if !prepared.networkProblem.isEmpty { logger.error("\(prepared.networkProblem)") }
        old?.stop()
        branches.setVideo(of: prepared.graph.videoPlace)
        branches.setRanging { [weak graph = prepared.graph] place in graph?.depthFusion(at: place) }
    }
}

extension CaptureFormat {
    /// What a camera would deliver that is asked for other work, as far as that is known before it is asked.
    fileprivate func doing(_ work: DeviceWork) -> CaptureFormat {
        var format = self
        format.deviceTasks = work.tasks.subtracting(declined.keys)
        if lenses[.left] == nil || lenses[.right] == nil { format.deviceTasks.remove(.depth) }
        return format
    }
}
