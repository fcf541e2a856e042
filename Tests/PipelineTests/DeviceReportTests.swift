// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation
import Logging
import Pipeline
import Settings
import Testing

/// What a camera tells beside pictures, on its way through the graph.
struct DeviceReportTests {
    private let hub: StreamHub

    init() throws { hub = StreamHub(camera: try #require(CameraID("oak"))) }

    private static let health = DeviceHealth(
        temperatures: .init(css: 41, mss: 42, upa: 43, dss: 44, average: 42.5), load: .init(css: 0.25, mss: 0.1),
        memory: .init(
            ddr: .init(used: 1, total: 2), cmx: .init(used: 3, total: 4), cssHeap: .init(used: 5, total: 6),
            mssHeap: .init(used: 7, total: 8)))

    private static let system = SystemStatus(
        temperatures: ["cpu-thermal": 51.5], load: 0.5, memoryTotalBytes: 1000, memoryAvailableBytes: 600, residentBytes: 50,
        cpuSeconds: 1.25)

    private func graph(_ yaml: String = "", sensesMotion: Bool = false) throws -> CameraGraph {
        var format = CaptureFormat(lenses: [.left: LensFormat(width: 8, height: 4, pixels: .gray8)], framesPerSecond: 30)
        format.sensesMotion = sensesMotion
        return try CameraGraph(
            .init(
                configuration: PipelineConfiguration(SettingsDocument.yaml(yaml, name: "test")), format: format, calibration: nil,
                network: nil), hub: hub, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func theSystemReportKeepsItsKeysAndGetsTheCamerasOwn() {
        let without = SystemMonitor.report(Self.system, device: nil, uptimeSeconds: 3)
        #expect(
            without
                == #"{"cpu_s":1.25,"load":0.5,"memory":{"available_bytes":600,"process_bytes":50,"total_bytes":1000},"#
                + #""sensors":{"temperature":{"cpu-thermal":51.5}},"uptime_s":3}"#)
        let with = SystemMonitor.report(Self.system, device: Self.health, uptimeSeconds: 3)
        let temperatures = #"{"cpu-thermal":51.5,"css":41,"mss":42,"upa0":43,"upa1":44}"#
        let device =
            #"{"cpu":{"css":0.25,"mss":0.1},"memory":{"cmx":{"total_bytes":4,"used_bytes":3},"css_heap":{"total_bytes":6,"#
            + #""used_bytes":5},"ddr":{"total_bytes":2,"used_bytes":1},"mss_heap":{"total_bytes":8,"used_bytes":7}},"#
            + #""temperatures_c":{"average":42.5,"css":41,"dss":44,"mss":42,"upa":43}}"#
        #expect(
            with
                == #"{"cpu_s":1.25,"device":\#(device),"load":0.5,"#
                + #""memory":{"available_bytes":600,"process_bytes":50,"total_bytes":1000},"#
                + #""sensors":{"temperature":\#(temperatures)},"uptime_s":3}"#)
    }

    @Test func whatACameraSaidIsNewsForFiveSeconds() {
        var recent = RecentHealth()
        let told = Timestamp(nanoseconds: 1_000_000_000)
        #expect(recent.value(at: told) == nil)
        recent.note(Self.health, at: told)
        #expect(recent.value(at: told.advanced(byNanoseconds: 5_000_000_000)) == Self.health)
        #expect(recent.value(at: told.advanced(byNanoseconds: 5_000_000_001)) == nil)
    }

    @Test func aGraphKnowsHowItsCameraIs() throws {
        let graph = try graph()
        defer { graph.stop() }
        #expect(graph.deviceHealth == nil)
        graph.ingest(Self.health)
        #expect(graph.deviceHealth == Self.health)
    }

    @Test func readingsAreAStreamWhereThereIsASensor() throws {
        let graph = try graph("streams: [imu]", sensesMotion: true)
        defer { graph.stop() }
        #expect(hub.offered == [.imu] && graph.plan.nodes == [.capture])
        let subscription = hub.subscribe(.imu)
        defer { subscription.cancel() }
        for sequence in 1...2 { graph.ingest(batch(sequence)) }
        // The newest goes before all others.
        #expect(subscription.mailbox.poll()?.sequence == 2 && subscription.mailbox.poll() == nil)
        #expect(hub.latest(.imu)?.captured == Timestamp(nanoseconds: 1_000_002_500_000))
    }

    @Test func withoutASensorTheStreamIsRefusedByNameAndNotOnOffer() throws {
        do {
            try graph("streams: [left, imu]").stop()
            Issue.record("it was planned")
        } catch let refusal as PipelineRefusal {
            #expect(refusal.field == "streams" && refusal.problem.contains("'imu'"))
            #expect(refusal.problem.contains("the camera has no motion sensor"))
        }
        let everything = try graph()
        defer { everything.stop() }
        #expect(!hub.offered.contains(.imu))
    }

    private func batch(_ sequence: Int) -> MotionBatch {
        let samples = [0, 1].map { index in
            MotionSample(
                time: Timestamp(nanoseconds: 1_000_000_000_000 + 2_500_000 * index),
                acceleration: [0, 9.81, -0.5], rotationRate: [Float(index), 0.001, 1e-7])
        }
        return MotionBatch(camera: hub.camera, sequence: sequence, samples: samples)
    }

    @Test func readingsAreWrittenAsDescribed() throws {
        let text = MotionJSON.text(batch(9))
        #expect(
            text
                == #"{"camera":"oak","sequence":9,"samples":["#
                + #"{"timestamp_ns":1000000000000,"accelerometer":[0.0,9.81,-0.5],"gyroscope":[0.0,0.001,1e-07]},"#
                + #"{"timestamp_ns":1000002500000,"accelerometer":[0.0,9.81,-0.5],"gyroscope":[1.0,0.001,1e-07]}]}"#)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["camera", "sequence", "samples"])
    }
}
