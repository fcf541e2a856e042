// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Logging
import OAK
import TestSupport
import Testing
import XLink

struct ReportReaderTests {
    private let counters = CaptureCounters()
    private let lines = LogLines()
    private let reader: ReportReader
    private static let now = Timestamp(nanoseconds: 100_000_000_000)

    init() throws {
        let lines = lines
        reader = ReportReader(
            camera: try #require(CameraID("oak")), counters: counters, logger: Logger(label: "test") { _ in lines })
    }

    private func read(_ packet: [UInt8]) -> CaptureDelivery? {
        packet.withUnsafeBytes { reader.read($0, at: Self.now) }
    }

    private func health(_ packet: [UInt8]) -> DeviceHealth? {
        if case .health(let health)? = read(packet) { health } else { nil }
    }

    private func motion(_ packet: [UInt8]) -> MotionBatch? {
        if case .motion(let batch)? = read(packet) { batch } else { nil }
    }

    private func report(average: Float = 42.5, load: Float = 0.25, used: Int64 = 100) -> [UInt8] {
        let memory = DeviceMemory(remaining: 0, used: used, total: 200)
        let load = DeviceLoad(average: load, milliseconds: 1000)
        return DeviceMessage.encode(
            .systemInformation(
                DeviceSystemInformation(
                    ddr: memory, cmx: memory, cssHeap: memory, mssHeap: memory, cssLoad: load, mssLoad: load,
                    temperatures: DeviceTemperatures(css: 41.04, mss: 42, upa: 43, dss: 44, average: average))))
    }

    private func reading(_ x: Float = 0, at time: Timestamp = now) -> DeviceMotionReading {
        func value(_ numbers: SIMD4<Float>) -> DeviceMotionValue {
            DeviceMotionValue(numbers, time: time, deviceTime: Timestamp(nanoseconds: 5))
        }
        return DeviceMotionReading(
            acceleration: value([x, 9.81, 0, 0]), rotationRate: value([0.5, 0, -0.25, 0]), magneticField: value(.zero),
            rotation: value(.zero))
    }

    private func message(_ readings: [DeviceMotionReading], sequence: Int64 = 7) -> [UInt8] {
        let stamp = DeviceStamp(sequence: sequence, time: Self.now, deviceTime: Self.now)
        return DeviceMessage.encode(.motion(DeviceMotion(readings, stamp: stamp)))
    }

    /// What the pretend camera sends the vendor's library (messages.py).
    @Test(.enabled(if: SharedData.isRequired)) func aRecordedCameraIsUnderstood() throws {
        let packets = try OAKRig.packets("all").filter { !$0.isFromHost }
        let told = try #require(packets.first { $0.stream == "log" }.flatMap { health($0.payload) })
        #expect(told.temperatures == .init(css: 41, mss: 42, upa: 43, dss: 44, average: 42.5))
        #expect(told.load == .init(css: 0.25, mss: 0.1))
        #expect(told.memory.ddr == .init(used: 100 << 20, total: 340 << 20))
        #expect(told.memory.cmx == .init(used: 2 << 20, total: 2_621_440))
        #expect(told.memory.cssHeap == .init(used: 30 << 20, total: 70 << 20))
        #expect(told.memory.mssHeap == .init(used: 5 << 20, total: 20 << 20))
        let moved = try #require(packets.first { $0.stream == "imu" }.flatMap { motion($0.payload) })
        #expect(moved.samples.map(\.acceleration) == [[0, 9.81, 0], [0, 9.81, 0]])
        #expect(moved.samples.map(\.rotationRate) == [.zero, .zero])
        #expect(counters.undecodable.current == 0)
    }

    @Test func figuresAreRoundedToWhatTheyMean() throws {
        let told = try #require(health(report(load: 0.123456)))
        #expect(told.temperatures.css == 41 && told.load.css == 0.123)
        #expect(try #require(health(report(load: 7, used: -1))).load.mss == 1)
        #expect(try #require(health(report(used: -1))).memory.ddr == .init(used: 0, total: 200))
    }

    @Test func figuresThatCannotBeAreCountedAndDropped() {
        for wrong in [report(average: .nan), report(average: 1e30), report(load: .infinity), [1, 2, 3]] {
            #expect(read(wrong) == nil)
        }
        #expect(counters.undecodable.current == 4)
    }

    @Test func readingsThatAreNoNumbersAreLeftOut() throws {
        let batch = try #require(motion(message([reading(.nan), reading(1), reading(.infinity)])))
        #expect(batch.sequence == 7 && batch.camera.name == "oak")
        #expect(
            batch.samples == [
                MotionSample(time: Self.now, acceleration: [1, 9.81, 0], rotationRate: [0.5, 0, -0.25])
            ])
        #expect(motion(message([reading(.nan)])) == nil && motion(message([])) == nil)
        #expect(counters.undecodable.current == 2)
    }

    @Test func aMessageOfAThousandReadingsIsItsNewestSixtyFour() throws {
        let batch = try #require(motion(message((0..<1000).map { reading(Float($0)) })))
        #expect(batch.samples.map(\.acceleration.x) == (936..<1000).map(Float.init))
    }

    @Test func aTimeThatCannotBeIsTheTimeOfArrival() throws {
        let times = [Int64.min, 0, 99_990_000_000, Int64.max].map(Timestamp.init(nanoseconds:))
        let batch = try #require(motion(message(times.map { reading(at: $0) })))
        #expect(batch.samples.map(\.time) == [Self.now, Self.now, times[2], Self.now])
    }

    @Test func heatIsToldOnceAndItsEndOnce() {
        for average: Float in [84, 85, 85.1, 90, 84, 80, 79.9, 70, 84, 86] { _ = read(report(average: average)) }
        #expect(lines.all.count == 3)
        #expect(lines.all.first?.contains("85.1 °C") == true && lines.all.dropFirst().first?.contains("79.9 °C") == true)
        #expect(lines.all.last?.contains("86.0 °C") == true)
    }
}
