// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Logging
import Pipeline
import Publish
import Settings
import Synchronization

func seconds(_ value: Double) -> Timestamp { Timestamp(nanoseconds: Int64(value * 1e9) + 1_000_000_000_000) }

let nonce: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]

func local(_ port: UInt16, _ host: UInt8 = 1) -> Endpoint {
    Endpoint(address: IPAddress(v4: 0x0A00_0000 | UInt32(host)), port: port)
}

/// A lease table that tests can ask within an expectation, which takes no mutating calls.
final class TestTable {
    private var table: LeaseTable

    /// Its secrets are 1, 2, 3…
    init(firstSequence: UInt32 = 0, refusesReplays: Bool = false) {
        let made = Counter()
        table = LeaseTable(session: 77, firstSequence: firstSequence, refusesReplays: refusesReplays, at: seconds(0)) {
            made.add()
            return [UInt8](repeating: UInt8(truncatingIfNeeded: made.current), count: 32)
        }
    }

    var leases: [Int: Lease] { table.leases }
    var counters: [String: Int] { table.counters }

    func receive(_ datagram: [UInt8], from endpoint: Endpoint, at now: Timestamp) -> LeaseTable.Action {
        table.receive(datagram, from: endpoint, at: now)
    }
    func expire(at now: Timestamp) -> [Int] { table.expire(at: now) }
    func nextSequence(_ id: Int) -> UInt32 { table.nextSequence(id) }
    func addFixed(_ request: SubscribeRequest, at now: Timestamp) -> Int { table.addFixed(request, at: now) }
    func noteSend(_ id: Int, taken: Bool, at now: Timestamp) { table.noteSend(id, taken: taken, at: now) }
    func mayStart(_ id: Int, stream: UInt16, datagrams: Int, at now: Timestamp) -> Bool {
        table.mayStart(id, stream: stream, datagrams: datagrams, at: now)
    }

    /// HELLO; the cookie of the CHALLENGE.
    func cookie(for endpoint: Endpoint, at now: Timestamp) -> [UInt8]? {
        guard case .reply(let reply) = receive(ClientMessage.hello(nonce: nonce).datagram(), from: endpoint, at: now),
            let header = try? WireHeader(reading: reply),
            case .challenge(let cookie, nonce)? = try? ControlMessage(header, reading: reply)
        else { return nil }
        return cookie
    }

    /// HELLO and SUBSCRIBE; the id of the lease.
    func subscribe(_ endpoint: Endpoint, _ request: SubscribeRequest = SubscribeRequest(), at now: Timestamp) -> Int? {
        guard let cookie = cookie(for: endpoint, at: now) else { return nil }
        let datagram = ClientMessage.subscribe(cookie: cookie, nonce: nonce, request).datagram()
        guard case .bind(let id) = receive(datagram, from: endpoint, at: now) else { return nil }
        return id
    }
}

struct FakeCamera: CameraService {
    let id: CameraID
    let hub: StreamHub
    let stageMonitor = StageMonitor(logger: Logger(label: "test"))
    let labels: [String]

    init(_ name: String, labels: [String] = ["cube", "ball"]) {
        id = CameraID(name)!
        hub = StreamHub(camera: id)
        hub.offer([.objectTracker: nil, .metaout: nil])
        self.labels = labels
    }

    func status() -> CameraStatus {
        CameraStatus(
            id: id.name, state: .running, why: "", source: "demo",
            network: NetworkStatus(model: "demo-detector", family: "yolo", width: 320, height: 320, labels: labels))
    }
    func pipelineJSON() -> String { "{}" }
    func replacePipeline(json: [UInt8]) async throws(PipelineRefusal) {}
    func truthJSON(sequence: Int?) -> String? { nil }
    func requestJPEG() {}

    /// Publishes one frame of so many tracks.
    func publish(sequence: Int, objects: Int = 1) {
        let now = Timestamp.now()
        let header = FrameHeader(
            camera: id, instance: .color, sequence: sequence, captured: now, deviceNanoseconds: 1_000_000_000, width: 640,
            height: 400,
            format: .bgr24)
        let tracks = (0..<objects).map { Track(id: $0 + 1, state: .tracked, detection: makeDetection(confidence: 0.9)) }
        let set = TrackSet(origin: ResultOrigin(frame: header, timing: ResultTiming()), labels: labels, tracks: tracks)
        hub.publish(StreamPacket(.tracks(set), sequence: sequence, captured: now), on: .objectTracker)
        hub.publish(StreamPacket(.motion(motion(sequence, at: now)), sequence: sequence, captured: now), on: .imu)
    }

    /// Two readings; they go to those who listen, once the hub offers the stream.
    private func motion(_ sequence: Int, at now: Timestamp) -> MotionBatch {
        let sample = MotionSample(time: now, acceleration: [0, 9.81, 0], rotationRate: [0.5, 0, 0])
        return MotionBatch(camera: id, sequence: sequence, samples: [sample, sample])
    }
}

func makeDetection(
    confidence: Float, label: Int = 1, position: PositionMillimetres? = PositionMillimetres(x: -125, y: 40, z: 1830)
)
    -> Detection
{
    Detection(
        label: label, confidence: confidence, box: NormalizedBox(xMin: 0.25, yMin: 0.125, xMax: 0.5, yMax: 1), position: position)
}

final class FakeAppliance: ApplianceService {
    private let slots: Mutex<[FakeCamera]>

    init(_ cameras: [FakeCamera]) { slots = Mutex(cameras) }

    var cameras: [any CameraService] { slots.withLock { $0 } }
    func set(_ cameras: [FakeCamera]) { slots.withLock { $0 = cameras } }

    func status() -> ApplianceStatus { status(publishers: []) }

    func status(publishers: [PublisherStatus]) -> ApplianceStatus {
        let system = SystemStatus(
            temperatures: [:], load: 0, memoryTotalBytes: 0, memoryAvailableBytes: 0, residentBytes: 0, cpuSeconds: 0)
        var status = ApplianceStatus(
            version: "0", uptimeSeconds: 0, time: "", host: "", health: "ok", why: [], system: system, cameras: [])
        status.publishers = publishers
        return status
    }
}

extension UDPSettings {
    /// As the keys of the section say; on this machine, and on a free port unless one is given.
    static func test(_ keys: String = "", port: Int = 0, key: String? = nil) throws -> UDPSettings {
        let text = "host: 127.0.0.1\nport: \(port)\nkey_file: \(key == nil ? "''" : "key")\n\(keys)"
        var settings = try UDPSettings(SettingsSection(SettingsDocument.yaml(text, name: "test"), path: "udp"))
        try settings.resolve { _ in Array((key ?? "").utf8) }
        return settings
    }
}
