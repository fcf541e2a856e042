// SPDX-License-Identifier: Apache-2.0
import Capture
import Codec
import Core
import Foundation
import Synchronization
import Testing

@Suite struct ReplaySourceTests {
    private let folder: TemporaryFolder
    private let camera: CameraID

    init() throws {
        folder = try TemporaryFolder()
        camera = try #require(ReplayFixtures.camera())
    }

    private func source(_ change: (inout ReplaySettings) -> Void = { _ in }) throws -> ReplaySource {
        var settings = ReplaySettings(folder: folder.path, pace: .asFastAsPossible)
        change(&settings)
        return try ReplaySource(settings: settings, camera: camera)
    }

    private func writeStereo(_ count: Int) throws {
        for index in 0..<count {
            try folder.write("left/\(index).pgm", ReplayFixtures.pgm(UInt8(10 + index)))
            try folder.write("right/\(index).pgm", ReplayFixtures.pgm(UInt8(100 + index)))
        }
    }

    private func refusal(_ change: (inout ReplaySettings) -> Void = { _ in }) -> String {
        let error = #expect(throws: CaptureError.self) { try source(change) }
        return error?.description ?? ""
    }

    @Test func lensesAreMatchedByPositionAndDeliveredLeftRightColour() throws {
        try writeStereo(2)
        let gray = try #require(ReplayFixtures.frame(50, .bgr24, width: 4, height: 2))
        try folder.write("color/b.png", try PNGEncoder.encode(gray))
        try folder.write("color/a.jpg", try JPEGEncoder(quality: 100).encode(gray))
        let source = try source()
        #expect(source.format.lenses[.left] == LensFormat(width: 8, height: 6, pixels: .gray8))
        #expect(source.format.lenses[.color] == LensFormat(width: 4, height: 2, pixels: .bgr24))
        #expect(source.format.framesPerSecond == 0)
        let delivered = try play(source)
        #expect(delivered.headers.map(\.instance) == [.left, .right, .color, .left, .right, .color])
        #expect(delivered.headers.map(\.sequence) == [0, 0, 0, 1, 1, 1])
        #expect(delivered.values == [10, 100, 50, 11, 101, 50])
        #expect(delivered.headers[0].captured == delivered.headers[2].captured)
    }

    @Test func aFolderOfColourAloneIsEnough() throws {
        try folder.write("color/a.ppm", Array("P6 2 1 255\n".utf8) + [1, 2, 3, 4, 5, 6])
        let delivered = try play(try source())
        #expect(delivered.values == [3])  // blue first
        #expect(delivered.headers[0].format == .bgr24)
    }

    @Test func sequenceNumbersCountOnAcrossLoops() throws {
        try writeStereo(3)
        let delivered = try play(try source { $0.loop = true }, limit: 14)
        #expect(delivered.headers.map(\.sequence) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
        #expect(delivered.values[12] == 10)
    }

    @Test(arguments: [false, true]) func aCorruptPictureCostsItsExposureOnly(preload: Bool) throws {
        try writeStereo(3)
        try folder.write("right/1.pgm", Array(ReplayFixtures.pgm(5).dropLast()))
        let counters = CaptureCounters()
        let delivered = try play(try source { $0.preload = preload }, counters: counters)
        #expect(delivered.headers.map(\.sequence) == [0, 0, 2, 2])
        #expect(delivered.values == [10, 100, 12, 102])
        #expect(counters.undecodable.current == 1)
    }

    @Test func aLoopOverDamageIsLostInsteadOfTurningForEver() throws {
        try folder.write("color/a.pgm", Array(ReplayFixtures.pgm(5).dropLast()))
        let source = try source { $0.loop = true }
        #expect(throws: CaptureError.lost("no exposure in \(folder.path) can be decoded")) { try play(source) }
    }

    @Test func whatDoesNotMatchIsRefusedByName() throws {
        #expect(refusal().contains("\(folder.path)/left"))
        try writeStereo(2)
        try folder.write("right/2.pgm", ReplayFixtures.pgm(1))
        #expect(refusal().contains("\(folder.path)/right has 3 pictures"))
        try folder.write("left/2.pgm", ReplayFixtures.pgm(1, width: 9))
        #expect(refusal().contains("\(folder.path)/left/2.pgm is 9×6"))
        try FileManager.default.removeItem(atPath: "\(folder.path)/left")
        #expect(refusal() == "\(folder.path)/left: a stereo recording needs left and right; add this folder")
        try folder.write("left/notes.txt", [])
        #expect(refusal().contains("\(folder.path)/left: put pictures in it"))
    }

    @Test func leftAndRightHaveOneSize() throws {
        try folder.write("left/0.pgm", ReplayFixtures.pgm(1))
        try folder.write("right/0.pgm", ReplayFixtures.pgm(1, width: 10))
        #expect(refusal().contains("\(folder.path)/right/0.pgm is 10×6"))
    }

    @Test func settingsOutOfRangeAreRefused() throws {
        try writeStereo(1)
        #expect(refusal { $0.framesPerSecond = 0 }.contains("framesPerSecond"))
        #expect(refusal { $0.framesPerSecond = .nan }.contains("framesPerSecond"))
        #expect(refusal { $0.buffers = 0 }.contains("buffers"))
    }

    @Test func timestampsGiveTheRhythmAndTheDeviceClock() throws {
        try writeStereo(3)
        try folder.write("timestamps.txt", Array("1700000000.000\n1700000000.002\n1700000000.010\n".utf8))
        let source = try source { $0.pace = .recorded }
        #expect(abs(source.format.framesPerSecond - 200) < 0.01)
        let fast = try self.source { $0.loop = true }
        let device = try play(fast, limit: 8).headers.map(\.deviceNanoseconds)
        // The step back to the start is the mean one, 5 ms.
        #expect(device.map { ($0 + 500) / 1000 } == [0, 0, 2000, 2000, 10_000, 10_000, 15_000, 15_000])
        let captured = try play(source).headers.map(\.captured)
        if captured.count == 6 { #expect((captured[4].nanoseconds(since: captured[0]) + 500) / 1000 == 10_000) }
    }

    @Test func wrongTimestampsAreRefusedWithTheirLine() throws {
        try writeStereo(2)
        try folder.write("timestamps.txt", Array("0.5\n0.4\n".utf8))
        #expect(refusal().contains("timestamps.txt:2: 0.4"))
        try folder.write("timestamps.txt", Array("0.5\nnan\n".utf8))
        #expect(refusal().contains("timestamps.txt:2: nan"))
        try folder.write("timestamps.txt", Array("0.5\n".utf8))
        #expect(refusal().contains("timestamps.txt has 1 lines"))
    }

    @Test func theHookSeesEachExposureAndCanEndTheReplay() throws {
        try writeStereo(3)
        let seen = Mutex<[Int]>([])
        let delivered = try play(
            try source { settings in
                settings.loop = true
                settings.beforeEach = { sequence in
                    seen.withLock { $0.append(sequence) }
                    return sequence < 4
                }
            })
        #expect(seen.withLock { $0 } == [0, 1, 2, 3, 4])
        #expect(delivered.headers.count == 8)
    }

    @Test func asFastAsPossibleWaitsForAFreeBuffer() throws {
        try writeStereo(40)
        let counters = CaptureCounters()
        let kept = Mailbox<Frame>(capacity: 4, onFull: .dropOldest)
        var count = 0
        // The mailbox keeps the last four frames, two of each lens: with three buffers a lens one is always free.
        try source { $0.buffers = 3 }.runFrames(counters: counters, stop: StopSignal()) { frame in
            kept.offer(frame)
            count += 1
        }
        #expect(count == 80)
        #expect(counters.dropped.current == 0)
    }

    @Test func inItsRecordedRhythmAReplayDropsWhatNobodyTakes() throws {
        try writeStereo(5)
        let counters = CaptureCounters()
        var kept: [Frame] = []
        try source {
            $0.pace = .recorded
            $0.framesPerSecond = 1000
            $0.buffers = 2
        }.runFrames(counters: counters, stop: StopSignal()) { kept.append($0) }
        #expect(kept.count <= 4)
        #expect(kept.count / 2 + counters.dropped.current == 5)
    }

    @Test func aStoppedReplayDeliversNothing() throws {
        try writeStereo(3)
        let stop = StopSignal()
        stop.stop()
        var count = 0
        try source { $0.loop = true }.runFrames(counters: CaptureCounters(), stop: stop) { _ in count += 1 }
        #expect(count == 0)
    }
}
