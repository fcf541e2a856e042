// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import Pipeline
import Synchronization

/// A box without hardware: its cameras publish what they are told to.
final class FakeAppliance: ApplianceService {
    let fakes: [FakeCamera]
    var cameras: [any CameraService] { fakes }

    /// Whether the box greets.
    let greets = Mutex(true)

    init(_ cameras: [FakeCamera]) {
        fakes = cameras
    }

    func dismissWelcome() { greets.withLock { $0 = false } }

    func status() -> ApplianceStatus {
        let cameras = fakes.map { $0.status() }
        let well = cameras.allSatisfy { $0.state == .running }
        var status = ApplianceStatus(
            version: "1.0.0", uptimeSeconds: 12345, time: "2026-11-21T08:00:00Z", host: "fake", health: well ? "ok" : "degraded",
            why: well ? [] : cameras.filter { $0.state != .running }.map { "\($0.id): \($0.why)" },
            system: SystemStatus(
                temperatures: ["cpu": 56.2], load: 1.4, memoryTotalBytes: 4_000_000_000, memoryAvailableBytes: 2_900_000_000,
                residentBytes: 148_000_000, cpuSeconds: 5400),
            cameras: cameras)
        status.publishers = [
            PublisherStatus(
                name: "udp", state: .running, port: 32170, subscriptions: 2, counters: ["sent": 81_244, "refused_address": 0])
        ]
        if greets.withLock({ $0 }) {
            status.welcome = WelcomeStatus(
                dashboards: ["http://fake.local:8080/"], ports: ["http": 8080], settings: "/etc/depthd/depthd.yml", card: nil)
        }
        return status
    }
}

/// A camera slot with a real hub.
final class FakeCamera: CameraService {
    let id: CameraID
    let hub: StreamHub
    let stageMonitor = StageMonitor(logger: Logger(label: "test"))
    let captureMeter = StageMeter()
    let inferenceMeter = StageMeter()
    private let state: Mutex<State>
    private let jpegRequested: @Sendable (FakeCamera) -> Void
    private let statusAsked: @Sendable (FakeCamera) -> Void

    private struct State {
        var state: CameraState
        var why: String
        var pipeline = #"{"streams":["previewout","metaout"]}"#
    }

    init(
        _ name: String, state: CameraState = .running, why: String = "", offers: [StreamName] = StreamName.allCases,
        statusAsked: @escaping @Sendable (FakeCamera) -> Void = { _ in },
        jpegRequested: @escaping @Sendable (FakeCamera) -> Void = { _ in }
    ) {
        guard let id = CameraID(name) else { fatalError("bad camera name in a test") }
        self.id = id
        hub = StreamHub(camera: id)
        hub.offer(Dictionary(uniqueKeysWithValues: offers.map { ($0, nil) }))
        self.state = Mutex(State(state: state, why: why))
        self.statusAsked = statusAsked
        self.jpegRequested = jpegRequested
    }

    func set(_ newState: CameraState, why: String) {
        state.withLock { ($0.state, $0.why) = (newState, why) }
    }

    func status() -> CameraStatus {
        statusAsked(self)
        let (now, why) = state.withLock { ($0.state, $0.why) }
        var status = CameraStatus(
            id: id.name, state: now, why: why, source: "demo", lenses: ["left": "640x400", "right": "640x400", "rgb": "640x360"],
            network: NetworkStatus(model: "demo-detector", family: "yolox", width: 416, height: 416, labels: ["ball", "box"]))
        status.stages = [
            StageStatus(name: "capture", figures: captureMeter.snapshot),
            StageStatus(name: "inference", figures: inferenceMeter.snapshot),
        ]
        (status.streams, status.counters) = (hub.statistics, ["capture_dropped": 0, "nn_skipped": 12])
        let memory = DeviceHealth.Memory(used: 1 << 20, total: 2 << 20)
        status.device = DeviceHealth(
            temperatures: .init(css: 41, mss: 42, upa: 43, dss: 44, average: 42.5), load: .init(css: 0.25, mss: 0.1),
            memory: .init(ddr: memory, cmx: memory, cssHeap: memory, mssHeap: memory))
        status.crashDump = CrashDumpStatus(file: "crash-dumps/a.json", time: "2026-12-01T10:30:00Z")
        return status
    }

    func pipelineJSON() -> String { state.withLock { $0.pipeline } }

    func replacePipeline(json: [UInt8]) async throws(PipelineRefusal) {
        let text = String(decoding: json, as: UTF8.self)
        guard !text.contains("padding_factor") else {
            throw PipelineRefusal(field: "depth.padding_factor", problem: "is 7, but must be 0 to 1")
        }
        state.withLock { $0.pipeline = text }
    }

    func truthJSON(sequence: Int?) -> String? {
        (sequence ?? 7) == 7 ? #"{"sequence":7,"objects":[]}"# : nil
    }

    func requestJPEG() { jpegRequested(self) }

    /// What the lenses were told; a camera that is lost says nothing.
    let told = Mutex<[CameraInstance: CameraControlRequest]>([:])

    func control(_ lens: CameraInstance, _ wish: CameraControlRequest) async -> CameraControlState? {
        guard state.withLock({ $0.state }) != .starting else { return nil }
        return told.withLock { told in
            told[lens] = (told[lens] ?? CameraControlRequest()).merged(with: wish)
            var force = CameraControlState()
            force.exposureMicroseconds = told[lens]?.exposureMicroseconds ?? 100_000
            force.contrast = told[lens]?.contrast ?? 0
            force.whiteBalance = told[lens]?.whiteBalance ?? .automatic
            force.focus = told[lens]?.lensPosition.map { .init(mode: .off, position: $0) }
            return force
        }
    }

    let attached = FakeNetworks()
    var networks: (any NetworkDeployment)? { attached }

    /// A picture whose every byte follows from its place, for `stream`.
    func publishPicture(
        _ stream: StreamName, sequence: Int = 1, format: PixelFormat = .gray8, width: Int = 64, height: Int = 48,
        captured: Timestamp = .now(),
        paint: (UnsafeMutableRawBufferPointer) -> Void = { bytes in
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 7) }
        }
    ) {
        let header = FrameHeader(
            camera: id, instance: .right, sequence: sequence, captured: captured, deviceNanoseconds: 123_456_789, width: width,
            height: height, format: format)
        let draft = FramePool.standalone(header)
        draft.withUnsafeMutableBytes(paint)
        hub.publish(StreamPacket(draft.seal()), on: stream)
    }

    func origin(_ sequence: Int) -> ResultOrigin {
        ResultOrigin(
            frame: FrameHeader(
                camera: id, instance: .color, sequence: sequence, captured: .now(), deviceNanoseconds: 42_000_000_000, width: 640,
                height: 360, format: .bgr24),
            timing: ResultTiming(stereo: 8_100_000, inference: 21_500_000, fusion: 400_000), depthSkewNanoseconds: -2_500_000)
    }

    func publishTracks(_ tracks: [Track], sequence: Int) {
        let origin = origin(sequence)
        let set = TrackSet(origin: origin, labels: ["ball", "box"], tracks: tracks)
        hub.publish(StreamPacket(.tracks(set), sequence: sequence, captured: origin.frame.captured), on: .objectTracker)
    }

    func publishMotion(sequence: Int) {
        let sample = MotionSample(time: .now(), acceleration: [0, 9.81, -0.5], rotationRate: [0.25, 0, 0])
        let batch = MotionBatch(camera: id, sequence: sequence, samples: [sample])
        hub.publish(StreamPacket(.motion(batch), sequence: sequence, captured: batch.time), on: .imu)
    }

    func publishDetections(_ detections: [Detection], sequence: Int) {
        let origin = origin(sequence)
        let set = DetectionSet(origin: origin, labels: ["ball", "box"], detections: detections)
        hub.publish(StreamPacket(.detections(set), sequence: sequence, captured: origin.frame.captured), on: .metaout)
    }
}
