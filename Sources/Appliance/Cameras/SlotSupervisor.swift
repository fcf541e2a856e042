// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation
import Logging
import OAK
import Pipeline
import Settings
import Synchronization

/// Keeps one slot going, on a thread of its own: opens what the slot may open, delivers from it, and starts over when the
/// camera is lost or another one takes its place. What a slot had open is closed before it opens anything else.
final class SlotSupervisor: Sendable {
    private let settings: CameraSettings
    private let graphController: GraphController
    private let supply: @Sendable () -> CameraSupply
    private let logger: Logger
    private let storedControls: StoredControls
    private let sources: SourceFactory
    private let crashDumps: CrashDumpFolder
    private let counters = CaptureCounters()
    /// From opening until the first frame.
    private let opening: Heartbeat
    /// From frame to frame.
    private let capture: Heartbeat
    private let stopSignal = StopSignal()
    /// Wakes the supervisor where it waits: something was changed.
    private let changes = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
    private let state = Mutex(State())
    private let thread: Mutex<StageThread?> = Mutex(nil)

    /// Networks are read and scenes drawn before the first frame, on cards and processors that take their time.
    private static let openingGrace: Int64 = 180_000_000_000

    private struct State {
        var life = SlotStateMachine()
        var run: Run?
        /// Exposures of the slot so far: numbers go on when the source begins again at 0.
        var nextSequence = 0
        /// The newest crash report of the camera that is open, or was last.
        var crashDump: CrashDumpStatus?
        /// What an OAK camera is asked to do, and for which supply that is so.
        var load: (supply: CameraSupply, load: OAKLoad)?
    }

    /// What is open now.
    private struct Run {
        let supply: CameraSupply
        let stop: StopSignal
        let firstSequence: Int
        var source: (any CaptureSource)?
    }

    /// - Parameters:
    ///   - storedControls: told to every camera that is opened.
    ///   - crashDumps: keeps what a camera reports about its crashes.
    ///   - supply: what the slot may open at the moment of the call.
    init(
        _ settings: CameraSettings, graphController: GraphController, storedControls: StoredControls, sources: SourceFactory,
        crashDumps: CrashDumpFolder, logger: Logger, supply: @escaping @Sendable () -> CameraSupply
    ) {
        self.storedControls = storedControls
        self.sources = sources
        self.crashDumps = crashDumps
        self.settings = settings
        self.graphController = graphController
        self.logger = logger
        self.supply = supply
        opening = Heartbeat("\(settings.id) opening", grace: Self.openingGrace)
        capture = Heartbeat("\(settings.id) capture", grace: settings.longestSilence ?? 0)
    }

    func start() {
        thread.withLock { $0 = StageThread(name: capture.stage) { [self] in work() } }
    }

    /// Ends everything and blocks until the thread has ended. Never call from a Swift task.
    func stop() {
        stopSignal.stop()
        state.withLock { $0.run }?.stop.stop()
        changes.close()
        thread.withLock { $0 }?.join()
    }

    /// What the slot may open may have changed: a run that is not of it any more is called off. Returns at once.
    func wake() {
        let current = supply()
        state.withLock { state in
            if let run = state.run, run.supply != current { run.stop.stop() }
        }
        changes.offer(())
    }

    /// The camera has to be opened anew for other work: the run is called off, and the next begins. Returns at once.
    func reopen() {
        state.withLock { $0.run }?.stop.stop()
        retry()
    }

    /// The owner asked for something else: no waiting any more.
    func retry() {
        state.withLock { $0.life.retry() }
        changes.offer(())
    }

    /// What `status` tells.
    var report: (life: SlotStateMachine, supply: CameraSupply?, counters: CaptureCounters) {
        state.withLock { ($0.life, $0.run?.supply, counters) }
    }

    var heartbeats: [Heartbeat] { [opening, capture] }

    /// The newest crash report of the camera that is open, or was last.
    var crashDump: CrashDumpStatus? { state.withLock { $0.crashDump } }

    /// What is open now, and the number in the slot of the source's exposure 0.
    var source: (source: any CaptureSource, firstSequence: Int)? {
        state.withLock { state in state.run.flatMap { run in run.source.map { ($0, run.firstSequence) } } }
    }

    /// Changes how a lens sees, now and whenever a camera is opened.
    /// - Returns: what is in force; nil while there is no camera.
    func control(_ lens: CameraInstance, _ requirement: CameraControlRequest) async -> CameraControlState? {
        // The request comes first: a camera that is just being opened finds it.
        let all = storedControls.remember(requirement, for: lens)
        guard let source = state.withLock({ $0.run?.source }) else { return nil }
        return await withCheckedContinuation { waiting in source.control(lens, all) { waiting.resume(returning: $0) } }
    }

    // MARK: On the slot's thread

    private func work() {
        let turn = ReplayTurn(hub: graphController.hub)
        defer { turn.end() }
        while !stopSignal.isStopped {
            let supply = supply()
            switch advance({ $0.next(supply, at: .now()) }) {
            case .wait(let deadline): _ = changes.next(until: deadline)
            case .open(let supply):
                let ending = perform(supply, turn)
                // What comes next decides what subscribers are told.
                let next = self.supply()
                advance { life in
                    life.ended(ending, at: .now())
                    _ = life.next(next, at: .now())
                }
                close()
            }
        }
    }

    /// Opens, delivers, and says how it ended.
    private func perform(_ supply: CameraSupply, _ turn: ReplayTurn) -> SlotStateMachine.Ending {
        let run = begin(supply)
        opening.begins()
        defer { for heartbeat in heartbeats { heartbeat.rests() } }
        do {
            let first = run.firstSequence
            let wanted = try graphController.opening(hasProcessor: supply.isOAK)
            let source = try sources.open(
                settings, supply, work: wanted.plan.work, load: load(for: supply), stop: run.stop
            ) { turn.wait(for: first + $0) }
            // Looked for here, since the status may not wait for a disk.
            let crashDump = source.serialNumber.isEmpty ? nil : crashDumps.newest(of: source.serialNumber)
            state.withLock { state in
                state.run?.source = source
                state.crashDump = crashDump
            }
            for (lens, requirement) in storedControls.all { source.control(lens, requirement) { _ in } }
            // Another pipeline may have come into force meanwhile.
            guard try graphController.install(source.format, wanted) else { return .calledOff }
            try deliver(from: source, run)
            return run.stop.isStopped ? .calledOff : .finished
        } catch CaptureError.declined(let tasks, let words) {
            // Opened again it is asked for less.
            graphController.remember(declined: tasks, words)
            return .calledOff
        } catch {
            // What was cut short did not fail.
            guard !run.stop.isStopped else { return .calledOff }
            guard case CaptureError.lost(let reason) = error else { return .refused("\(error)") }
            if source != nil { noteFall(of: supply) }
            return .lost(reason)
        }
    }

    /// What an OAK camera is to do: less after it has fallen again and again. Another supply begins anew.
    private func load(for supply: CameraSupply) -> OAKLoad? {
        guard case .oak(let offer) = supply else { return nil }
        return state.withLock { state in
            if state.load?.supply != supply { state.load = (supply, OAKLoad(isOnUSB: offer != .network)) }
            return state.load?.load
        }
    }

    /// A camera that was open is lost.
    private func noteFall(of supply: CameraSupply) {
        guard supply.isOAK else { return }
        if let step = state.withLock({ $0.load?.load.fell(at: .now()) }) {
            logger.warning("the camera has fallen again and again: \(step.words)")
        }
    }

    private func begin(_ supply: CameraSupply) -> Run {
        let run = state.withLock { state in
            let run = Run(supply: supply, stop: StopSignal(), firstSequence: state.nextSequence)
            state.run = run
            return run
        }
        // The supply may have changed, and the slot may have been stopped, before there was a run to call off.
        if stopSignal.isStopped || self.supply() != supply { run.stop.stop() }
        return run
    }

    private func deliver(from source: any CaptureSource, _ run: Run) throws {
        var isFirst = true
        // The next picture is part of the work where it comes by itself.
        let isPaced = settings.longestSilence != nil
        try source.run(counters: counters, stop: run.stop) { delivery in
            guard let exposure = delivery.sequence else { return take(delivery) }
            capture.begins()
            defer { if !isPaced { capture.rests() } }
            let sequence = exposure + run.firstSequence
            state.withLock { $0.nextSequence = max($0.nextSequence, sequence + 1) }
            graphController.graph?.ingest(delivery.numbered(sequence))
            if isFirst {
                opening.rests()
                advance { $0.runs(at: .now()) }
            }
            isFirst = false
        }
    }

    /// Takes what belongs to no exposure.
    private func take(_ delivery: CaptureDelivery) {
        if case .crash(let dump) = delivery { keep(dump) } else { graphController.graph?.ingest(delivery) }
    }

    private func keep(_ dump: CrashDump) {
        do {
            let file = try crashDumps.keep(dump, at: Date())
            let newest = crashDumps.newest(of: dump.serialNumber)
            state.withLock { $0.crashDump = newest }
            logger.notice("the camera's crash report is kept as \(file) in the state directory")
        } catch {
            logger.error("the camera's crash report cannot be kept: \(error)")
        }
    }

    /// Frees everything that was open: graph, pools, descriptors, threads.
    private func close() {
        let (life, source) = state.withLock { state in
            let source = state.run?.source
            state.run?.source = nil
            return (state.life, source)
        }
        // Its end has this slot woken, and so comes without the lock.
        withExtendedLifetime(source) {}
        graphController.tearDown(gap(life))
        state.withLock { $0.run = nil }
    }

    private func gap(_ life: SlotStateMachine) -> StreamGap {
        StreamGap(camera: settings.id.name, state: life.state, why: life.why)
    }

    /// Moves the slot's life on, and writes what is new to the log.
    @discardableResult
    private func advance<Result>(_ move: (inout SlotStateMachine) -> Result) -> Result {
        let (result, old, new) = state.withLock { state in
            let old = state.life
            let result = move(&state.life)
            return (result, old, state.life)
        }
        if old.state != new.state || old.why != new.why {
            tell(new)
            // Those who wait are told each time the reason changes.
            if graphController.graph == nil, new.state != .starting, new.state != .running {
                graphController.hub.interrupt(gap(new))
            }
        }
        return result
    }

    private func tell(_ life: SlotStateMachine) {
        let words = life.why.isEmpty ? life.state.rawValue : "\(life.state.rawValue): \(life.why)"
        switch life.state {
        case .running: logger.info("camera runs\(life.why.isEmpty ? "" : ", but \(life.why)")")
        case .lost, .refused: logger.error("\(words)")
        case .absent, .found: logger.notice("\(words)")
        case .starting, .finished: logger.debug("\(words)")
        }
    }
}

extension CameraSettings {
    /// Nanoseconds after which a silent camera has been given up by its source; nil for recordings, which wait for their
    /// readers, and for networks: there the next picture may take any time.
    fileprivate var longestSilence: Int64? {
        // Like the camera's own watchdog: four frame times are not yet a stall.
        func silence(of camera: V4L2) -> Double {
            max(camera.stallSeconds, camera.startSeconds, 4 / camera.framesPerSecond)
        }
        func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
        return switch source {
        case .auto(let camera, let demo, let oak):
            nanoseconds(max(silence(of: camera), 1 / demo.framesPerSecond, OAKSource.longestSilence(oak)))
        case .v4l2(let camera): nanoseconds(silence(of: camera))
        case .demo(let demo): nanoseconds(1 / demo.framesPerSecond)
        case .oak(let camera): nanoseconds(OAKSource.longestSilence(camera))
        case .replay, .media: nil
        }
    }
}
