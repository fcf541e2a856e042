// SPDX-License-Identifier: Apache-2.0
import Capture
public import Core
import Foundation
import Inference
import Logging
public import Pipeline
import Settings
import Synchronization

/// One camera of the box with everything behind it: source, graph, streams. A supervisor thread opens the source, builds
/// the graph, delivers frames, and starts over when the camera is lost. No slot ever touches another.
public final class CameraSlot: CameraDoor, Sendable {
    public let id: CameraID
    public let hub: StreamHub

    private let settings: CameraSettings
    private let models: ModelLoader
    private let logger: Logger
    private let stopSignal = StopSignal()
    /// Wakes a supervisor that waits after a refusal: something was changed.
    private let changes = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
    private let state: Mutex<State>
    /// Held while a graph is built and put in place. Taken by house threads only.
    private let building = NSLock()
    private let supervisor: Mutex<StageThread?> = Mutex(nil)

    private struct State {
        var camera = CameraState.starting
        var why = ""
        var configuration: PipelineConfiguration
        var source: (any CaptureSource)?
        var graph: CameraGraph?
        var network: NetworkStatus?
        var networkProblem = ""
        var counters = CaptureCounters()
    }

    /// Reads the slot's pipeline; nothing is opened until `start`.
    /// - Parameters:
    ///   - hub: the hub of the slot this one follows, so that its subscribers stay.
    ///   - path: where the camera stands in the settings, for messages.
    /// - Throws: `SettingsError` for a pipeline that cannot be read.
    init(
        _ settings: CameraSettings, hub: StreamHub?, path: String, models: ModelLoader, logger: Logger
    ) throws(SettingsError) {
        id = settings.id
        self.settings = settings
        self.models = models
        var logger = logger
        logger[metadataKey: "camera"] = "\(settings.id)"
        self.logger = logger
        self.hub = hub ?? StreamHub(camera: settings.id)
        state = Mutex(State(configuration: try PipelineConfiguration(settings.pipeline, path: "\(path).pipeline")))
    }

    /// Starts the supervisor.
    func start() {
        supervisor.withLock { $0 = StageThread(name: "\(id) capture") { [self] in supervise() } }
    }

    /// Ends everything and blocks until all threads have ended. For the house's own threads only.
    func stop() {
        stopSignal.stop()
        changes.close()
        supervisor.withLock { $0 }?.join()
    }

    // MARK: Supervision

    private func supervise() {
        var backoff = Backoff()
        let turn = ReplayTurn(hub: hub)
        defer { turn.end() }
        while !stopSignal.isStopped {
            enter(.starting)
            do {
                let source = try SourceFactory.open(settings, turn: turn.wait)
                try install(source)
                enter(.running)
                try deliver(from: source) { backoff.reset() }
                if !stopSignal.isStopped { rest(.finished, why: "the recording came to its end", until: nil) }
            } catch CaptureError.lost(let reason) {
                tearDown()
                enter(.lost, why: reason)
                _ = stopSignal.sleep(until: .now().advanced(byNanoseconds: backoff.nextDelay()))
            } catch {
                tearDown()
                rest(.refused, why: "\(error)", until: .now().advanced(byNanoseconds: backoff.nextDelay()))
            }
        }
        tearDown()
    }

    private func deliver(from source: any CaptureSource, onFirstFrame: () -> Void) throws {
        let counters = state.withLock { $0.counters }
        var isFirst = true
        try source.run(counters: counters, stop: stopSignal) { frame in
            state.withLock { $0.graph }?.ingest(frame)
            if isFirst { onFirstFrame() }
            isFirst = false
        }
    }

    /// Stays in a state until the pipeline is changed, the slot is stopped, or `deadline`.
    private func rest(_ camera: CameraState, why: String, until deadline: Timestamp?) {
        enter(camera, why: why)
        _ = changes.next(until: deadline)
    }

    private func enter(_ camera: CameraState, why: String = "") {
        let changed = state.withLock { state in
            defer { (state.camera, state.why) = (camera, why) }
            return state.camera != camera || state.why != why
        }
        guard changed else { return }
        switch camera {
        case .running: logger.info("camera runs")
        case .lost, .refused: logger.error("\(camera.rawValue): \(why)")
        default: logger.debug("\(camera.rawValue) \(why)")
        }
    }

    // MARK: Graphs

    /// Builds the graph for a source that was just opened.
    private func install(_ source: any CaptureSource) throws {
        building.lock()
        defer { building.unlock() }
        let configuration = state.withLock { $0.configuration }
        let prepared = try prepare(configuration, for: source)
        put(prepared, configuration, source)
    }

    private struct Prepared {
        let graph: CameraGraph
        let network: NetworkStatus?
        let networkProblem: String
    }

    private func prepare(_ configuration: PipelineConfiguration, for source: any CaptureSource) throws -> Prepared {
        let path = configuration.depth.calibrationFile
        let calibration = path.isEmpty ? nil : try CalibrationFinder.read(path)
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
        let parts = CameraGraph.Parts(
            configuration: configuration, format: source.format, calibration: calibration, network: network)
        let graph = try CameraGraph(parts, hub: hub, logger: logger)
        let status = network.map { network in
            NetworkStatus(
                model: models.name(for: configuration.ai), family: network.manifest.family.rawValue, width: network.inputWidth,
                height: network.inputHeight, labels: network.labels)
        }
        return Prepared(graph: graph, network: status, networkProblem: problem)
    }

    /// Puts a graph in the place of the old one, which ends its work meanwhile.
    private func put(_ prepared: Prepared, _ configuration: PipelineConfiguration, _ source: any CaptureSource) {
        let old = state.withLock { state in
            defer {
                state.graph = prepared.graph
                state.source = source
                state.configuration = configuration
                state.network = prepared.network
                state.networkProblem = prepared.networkProblem
            }
            return state.graph
        }
        if !prepared.networkProblem.isEmpty { logger.error("\(prepared.networkProblem)") }
        old?.stop()
    }

    private func tearDown() {
        building.lock()
        defer { building.unlock() }
        let graph = state.withLock { state in
            defer { (state.graph, state.source) = (nil, nil) }
            return state.graph
        }
        hub.offer([:])
        graph?.stop()
    }

    // MARK: CameraDoor

    public func status() -> CameraStatus {
        let state = self.state.withLock { $0 }
        var counters = state.graph?.dropCounters ?? [:]
        counters["capture_dropped"] = state.counters.dropped.current
        counters["decode_dropped"] = state.counters.undecodable.current
        counters["capture_restarts"] = state.counters.restarts.current
        let lenses = state.source?.format.lenses.map { ($0.key.gen1Name, "\($0.value.width)x\($0.value.height)") } ?? []
        let alignment = state.graph?.alignment
        let troubles = state.why.isEmpty ? [state.networkProblem, alignment?.warning ?? ""] : [state.why]
        return CameraStatus(
            id: id.name, state: state.camera, why: troubles.filter { !$0.isEmpty }.joined(separator: "; "),
            source: settings.source.kind.rawValue, lenses: Dictionary(uniqueKeysWithValues: lenses), network: state.network,
            stages: state.graph?.stages ?? [], streams: hub.statistics, counters: counters,
            verticalMisalignmentPixels: alignment?.misalignmentPixels.map { ($0 * 1000).rounded() / 1000 })
    }

    public func pipelineJSON() -> String {
        state.withLock { $0.configuration }.json()
    }

    public func replacePipeline(json: [UInt8]) async throws(PipelineRefusal) {
        let configuration: PipelineConfiguration
        do {
            configuration = try PipelineConfiguration(SettingsDocument.json(json, name: "request"))
        } catch {
            throw PipelineRefusal(field: error.path.isEmpty ? "body" : error.path, problem: error.problem)
        }
        try refuseForeignPaths(configuration)
        let outcome = await HouseThread.run("\(id) rebuild") { [self] in rebuild(configuration) }
        try outcome.get()
    }

    /// Requests may choose among the files the owner named, never name others: HTTP clients must not read the disk.
    private func refuseForeignPaths(_ configuration: PipelineConfiguration) throws(PipelineRefusal) {
        let current = state.withLock { $0.configuration }
        let own = try? PipelineConfiguration(settings.pipeline)
        let known = [current, own].compactMap { $0 }
        func check(_ field: String, _ key: KeyPath<PipelineConfiguration, String>, alsoAllowed: [String] = [])
            throws(PipelineRefusal)
        {
            let value = configuration[keyPath: key]
            guard !value.isEmpty, !alsoAllowed.contains(value), !known.contains(where: { $0[keyPath: key] == value }) else {
                return
            }
            throw PipelineRefusal(
                field: field, problem: "files are named in the box's settings, not in a request; leave it empty")
        }
        try check("ai.model", \.ai.model, alsoAllowed: ["demo", "none", models.name(for: current.ai)])
        try check("ai.blob_file", \.ai.blobFile)
        try check("ai.blob_file_config", \.ai.blobFileConfig)
        try check("depth.calibration_file", \.depth.calibrationFile)
    }

    private func rebuild(_ configuration: PipelineConfiguration) -> Result<Void, PipelineRefusal> {
        building.lock()
        defer { building.unlock() }
        guard let source = state.withLock({ $0.source }) else {
            // No camera to plan for: keep the wish, and try again at once.
            state.withLock { $0.configuration = configuration }
            changes.offer(())
            return .success(())
        }
        do {
            put(try prepare(configuration, for: source), configuration, source)
            return .success(())
        } catch let refusal as PipelineRefusal {
            return .failure(refusal)
        } catch {
            return .failure(PipelineRefusal(field: "pipeline", problem: "\(error)"))
        }
    }

    public func truthJSON(sequence: Int?) -> String? {
        guard let demo = state.withLock({ $0.source }) as? DemoSource else { return nil }
        return demo.truth(sequence: sequence).map { TruthDocument(camera: id, $0).json() }
    }

    public func requestJPEG() {
        state.withLock { $0.graph }?.requestJPEG()
    }
}
