// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Testing

@Suite struct DemoSourceTests {
    private let camera = CameraID("demo")!

    @Test func `exposures come as left, right, colour with one stamp, and a later run goes on counting`() throws {
        let source = try DemoSource(camera: camera, settings: DemoSettings(framesPerSecond: 120))
        var headers: [FrameHeader] = []
        for _ in 0..<2 {
            let (counters, stop) = (CaptureCounters(), StopSignal())
            var delivered = 0
            try source.runFrames(counters: counters, stop: stop) { frame in
                headers.append(frame.header)
                delivered += 1
                if delivered == 9 { stop.stop() }
            }
        }
        try #require(headers.count == 18)
        let exposures = stride(from: 0, to: 18, by: 3).map { Array(headers[$0..<$0 + 3]) }
        for exposure in exposures {
            #expect(exposure.map(\.instance) == [.left, .right, .color])
            #expect(exposure.map(\.format) == [.gray8, .gray8, .bgr24])
            #expect(Set(exposure.map(\.sequence)).count == 1)
            #expect(Set(exposure.map(\.captured)).count == 1)
            #expect(source.truth(sequence: exposure[0].sequence)?.sequence == exposure[0].sequence)
        }
        let sequences = exposures.map(\.[0].sequence)
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 })
        #expect(source.truth()?.sequence == sequences.last)
        #expect(source.truth(sequence: 100_000) == nil)
    }

    @Test func `a stopped source delivers nothing`() throws {
        let (source, stop) = (try DemoSource(camera: camera), StopSignal())
        stop.stop()
        try source.runFrames(counters: CaptureCounters(), stop: stop) { _ in Issue.record("delivered a frame") }
        #expect(source.truth() == nil)
    }

    @Test func `the format names three lenses and the calibration`() throws {
        let format = try DemoSource(camera: camera, settings: DemoSettings(width: 1280, height: 800)).format
        #expect(format.lenses[.color] == LensFormat(width: 1280, height: 800, pixels: .bgr24))
        #expect(format.lenses[.left] == LensFormat(width: 1280, height: 800, pixels: .gray8))
        #expect(format.calibration?.right.width == 1280)
        #expect(format.framesPerSecond == 30)
    }

    @Test func `deadlines do not drift and lateness passes exposures over`() {
        let start = Timestamp(nanoseconds: 1_000_000_000)
        var pace = DemoPace(start: start, framesPerSecond: 30, next: 5)
        #expect(pace.deadline == start)
        // On time, then late by less than one period.
        #expect(pace.advance(now: start) == 0)
        #expect(pace.advance(now: start.advanced(byNanoseconds: 95_000_000)) == 0)
        #expect(pace.next == 7)
        // 500 ms after the start exposure 5 + 15 is due; 8 was due at 100 ms.
        #expect(pace.advance(now: start.advanced(byNanoseconds: 500_000_001)) == 12)
        #expect(pace.next == 20)
        for _ in 0..<30_000 { #expect(pace.advance(now: start) == 0) }
        #expect(pace.deadline == start.advanced(byNanoseconds: 1_000_500_000_000))
    }

    @Test func `an exposure is given up when readers hold all buffers`() throws {
        let exposer = DemoExposer(scene: try DemoScene(settings: DemoSettings(buffers: 2)), camera: camera)
        let held = [exposer.expose(sequence: 0), exposer.expose(sequence: 1)]
        // Without this the optimizer lets go of frames nobody looks at any more.
        withExtendedLifetime(held) {
            #expect(held.allSatisfy { $0?.frames.count == 3 })
            #expect(exposer.expose(sequence: 2) == nil)
        }
    }

    @Test func `buffers come back when readers let go`() throws {
        let exposer = DemoExposer(scene: try DemoScene(settings: DemoSettings(buffers: 2)), camera: camera)
        for sequence in 0..<8 { #expect(exposer.expose(sequence: sequence)?.frames.count == 3) }
    }

    @Test func `the truth of old exposures is forgotten`() throws {
        let truths = DemoTruth(capacity: 2)
        for sequence in 0..<3 { truths.remember(SceneTruth(sequence: sequence, objects: [])) }
        #expect(truths.truth(sequence: 0) == nil)
        #expect(truths.truth(sequence: 1)?.sequence == 1)
        #expect(truths.truth()?.sequence == 2)
    }
}
