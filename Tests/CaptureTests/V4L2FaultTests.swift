// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Capture
import Codec
import Core
import Foundation
import TestSupport
import Testing
import V4L2

/// Cameras and drivers that misbehave: nothing crashes, nothing hangs, and the reason is told.
struct V4L2FaultTests {
    private static let everyCall = (0..<CV_CALL_COUNT.rawValue).map { cv_call($0) }
    private static let everyErrno = [
        EPERM, ENOENT, EIO, ENXIO, EBADF, ENOMEM, EACCES, EFAULT, EBUSY, ENODEV, EINVAL, ENOTTY, ENOSPC,
        EPIPE, ERANGE, EPROTO, EOVERFLOW, ETIMEDOUT, ENOLINK,
    ]

    private func pair(_ left: FakeCamera, _ right: FakeCamera, color: FakeCamera? = nil) -> (V4L2Settings, FakeVideo) {
        var cameras = ["/dev/video0": left, "/dev/video2": right]
        cameras["/dev/video4"] = color
        return (
            V4L2Settings(
                layout: .pair(left: V4L2Camera(node: "/dev/video0"), right: V4L2Camera(node: "/dev/video2")),
                color: color.map { _ in V4L2Camera(node: "/dev/video4") }, buffers: 100),
            FakeVideo(cameras)
        )
    }

    @Test(arguments: everyErrno)
    func everyErrorAtEveryCallIsSurvived(code: Int32) {
        for call in Self.everyCall {
            for turn in [1, 2, 3, 5, 9] {
                let camera = FakeCamera.grey()
                camera.controls = [FakeCamera.Control(id: CV_GAIN, name: "Gain", range: 0...255)]
                camera.fault = { $0 == call && $1 == turn ? code : 0 }
                var settings = V4L2Camera(node: "/dev/video0")
                settings.controls = ["gain": 7]
                let run = FakeRun(camera, settings, frames: 12)
                let isHarmless = run.error == nil && run.frames.count == 12
                #expect(isHarmless || run.error != nil, "\(call) \(turn)")
                // What is being streamed with cannot be done without.
                let isVital = [CV_REQBUFS, CV_QUERYBUF, CV_QBUF, CV_STREAMON, CV_DQBUF, CV_S_FMT, CV_QUERYCAP].contains(call)
                if isVital, camera.calls[call.rawValue, default: 0] >= turn, !(call == CV_DQBUF && code == EAGAIN) {
                    #expect(run.error != nil || call == CV_REQBUFS, "\(call) \(turn)")
                }
                #expect(camera.mapped == 0, "buffers stay mapped after \(call) \(turn)")
            }
        }
    }

    @Test(arguments: [EIO, ENODEV, EINVAL, EPROTO])
    func aCameraThatIsPulledIsLostWithTheReason(code: Int32) throws {
        let camera = FakeCamera.grey()
        camera.fault = { $0 == CV_DQBUF && $1 > 10 ? code : 0 }
        let run = FakeRun(camera, frames: 100)
        #expect(!run.frames.isEmpty)
        guard case .lost(let reason) = run.error else { throw TestFailure("\(String(describing: run.error))") }
        #expect(reason.hasPrefix("/dev/video0: taking a picture: "))
    }

    @Test func aCameraThatFreezesIsLostAfterTwoSeconds() throws {
        let camera = FakeCamera.grey()
        camera.picture = { $0 < 5 ? FakePicture(bytes: [UInt8](repeating: 1, count: 64 * 48)) : nil }
        let run = FakeRun(camera, frames: 100)
        #expect(run.frames.count == 5)
        #expect(run.error == .lost("/dev/video0: frozen: no picture for 2 s"))
        let last = try #require(run.frames.last?.header.captured)
        let system = try #require(camera.system)
        #expect((2_000_000_000...2_060_000_000).contains(system.clock - last.nanoseconds))
    }

    @Test func aSlowCameraIsNotFrozen() {
        let camera = FakeCamera.grey(fps: 1)
        camera.period = 3_000_000_000
        #expect(FakeRun(camera, frames: 4).frames.count == 4)
        camera.period = 5_000_000_000
        #expect(FakeRun(camera, frames: 4).error == .lost("/dev/video0: frozen: no picture for 4 s"))
    }

    @Test func aCameraThatNeverBeginsIsLost() {
        let camera = FakeCamera.grey()
        camera.picture = { _ in nil }
        #expect(FakeRun(camera, frames: 1).error == .lost("/dev/video0: no picture within 5 s of its start"))
    }

    private enum Spoiling: CaseIterable {
        case flagged, empty, short, tooLong
    }

    @Test(arguments: Spoiling.allCases)
    private func aBadPictureIsCountedAndSkipped(_ spoiling: Spoiling) {
        let camera = FakeCamera.grey()
        let good = FakePicture(bytes: [UInt8](repeating: 9, count: 64 * 48))
        camera.picture = { number in
            var picture = good
            guard number % 3 == 1 else { return picture }
            switch spoiling {
            case .flagged: picture.flags |= UInt32(V4L2_BUF_FLAG_ERROR)
            case .empty: picture.used = 0
            case .short: picture.used = 64 * 48 - 1
            case .tooLong: picture.used = .max
            }
            return picture
        }
        let run = FakeRun(camera, frames: 6)
        #expect(run.frames.count == 6)
        #expect(run.error == nil)
        #expect(run.counters.undecodable.current == 3 || run.counters.undecodable.current == 2)
        let figures = run.source?.figures.devices.first
        let counts = [figures?.flagged, figures?.empty, figures?.short]
        #expect(counts.compactMap { $0 }.reduce(0, +) == run.counters.undecodable.current)
        #expect(figures?.missed == 0)
    }

    @Test func onlyBadPicturesAreAReasonToStartOver() {
        let camera = FakeCamera.grey()
        camera.picture = { _ in FakePicture(bytes: [1, 2, 3]) }
        let run = FakeRun(camera, frames: 1)
        #expect(run.error == .lost("/dev/video0: no good picture for 5 s: its pictures have 3 of 3072 bytes"))
    }

    private func jpeg() throws -> [UInt8] {
        let header = FrameHeader(
            camera: try #require(CameraID("test")), instance: .left, sequence: 0, captured: Timestamp(nanoseconds: 0), width: 64,
            height: 48, format: .gray8)
        let draft = FramePool.standalone(header)
        var random = SeededRandom(1)
        let noise = random.bytes(64 * 48)
        draft.withUnsafeMutableBytes { $0.copyBytes(from: noise) }
        return try JPEGEncoder().encode(draft.seal())
    }

    private func jpegCamera(_ picture: @escaping (Int) -> [UInt8]) -> FakeCamera {
        FakeCamera([FakeCamera.Size(code: V4L2Format.mjpeg.code, width: 64, height: 48, intervals: [(1, 30)])]) {
            FakePicture(bytes: picture($0))
        }
    }

    @Test func aTornJPEGIsNeverDelivered() throws {
        let whole = try jpeg()
        let run = FakeRun(jpegCamera { $0 % 2 == 0 ? whole : Array(whole.prefix(whole.count * 2 / 3)) }, frames: 5)
        #expect(run.frames.count == 5)
        #expect(Set(run.frames.indices.map { run.bytes($0) }).count == 1)
        #expect(run.counters.undecodable.current == 4)
        #expect(run.source?.figures.devices.first?.torn == 4)
    }

    @Test func spoiledJPEGsOfEveryKindAreSurvived() throws {
        let whole = try jpeg()
        var random = SeededRandom(17)
        var pictures: [[UInt8]] = []
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            pictures.append(bytes)
            pictures.append(whole)
        }
        let run = FakeRun(jpegCamera { pictures[$0 % pictures.count] }, frames: 4000)
        #expect(run.error == nil)
        #expect(run.counters.undecodable.current > 1000)
    }

    @Test func aCameraThatSendsAnotherSizeIsLostWithBoth() throws {
        let small = try jpeg()
        let camera = FakeCamera([FakeCamera.Size(code: V4L2Format.mjpeg.code, width: 128, height: 96, intervals: [(1, 30)])]) {
            _ in
            FakePicture(bytes: small)
        }
        let run = FakeRun(camera, frames: 1)
        guard case .lost(let reason) = run.error else { throw TestFailure("\(String(describing: run.error))") }
        #expect(reason.contains("64×48") && reason.contains("128×96"))
    }

    // MARK: Lies

    private func refusal(_ change: (FakeCamera) -> Void) -> String {
        let camera = FakeCamera.grey()
        change(camera)
        let run = FakeRun(camera, frames: 1)
        #expect(run.frames.isEmpty)
        #expect(camera.mapped == 0)
        return run.error?.description ?? "no refusal"
    }

    @Test func aDriverThatLiesIsRefusedByName() {
        #expect(refusal { $0.answer = { $0.bytesperline = 63 } }.contains("rows of 63 bytes"))
        #expect(refusal { $0.answer = { $0.bytesperline = .max } }.contains("rows of 4294967295 bytes"))
        #expect(refusal { $0.answer = { $0.sizeimage = 64 * 48 - 1 } }.contains("pictures of 3071 bytes"))
        #expect(refusal { $0.answer = { $0.sizeimage = .max } }.contains("pictures of 4294967295 bytes"))
        #expect(refusal { $0.answer = { $0.width = 0 } }.contains("pictures of 0x48"))
        #expect(refusal { $0.answer = { $0.height = .max } }.contains("64x4294967295"))
        #expect(refusal { $0.answer = { $0.pixelformat = 0x34363248 } }.contains("H264"))
        #expect(refusal { $0.bufferLength = 100 }.contains("a buffer has 100 bytes"))
        #expect(refusal { $0.bufferLength = .max }.contains("a buffer has 4294967295 bytes"))
        #expect(refusal { $0.givenBuffers = 0 }.contains("provides 0 buffers"))
        #expect(refusal { $0.givenBuffers = 1 }.contains("provides 1 buffers"))
        #expect(refusal { $0.givenBuffers = .max }.contains("provides 4294967295 buffers"))
        #expect(refusal { $0.mapFails = true }.contains("buffers"))
        #expect(refusal { $0.capabilities = UInt32(V4L2_CAP_VIDEO_OUTPUT) }.contains("name the one that does"))
        #expect(refusal { $0.capabilities = UInt32(V4L2_CAP_VIDEO_CAPTURE_MPLANE) }.contains("multi-planar"))
        #expect(refusal { $0.sizes = [] }.contains("it offers nothing"))
    }

    @Test(arguments: [UInt32(4), 77, .max])
    func aBufferTheDriverDoesNotHaveIsALoss(index: UInt32) {
        let camera = FakeCamera.grey()
        camera.picture = { _ in
            var picture = FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48))
            picture.index = index
            return picture
        }
        #expect(
            FakeRun(camera, frames: 1).error == .lost("/dev/video0: the driver returned buffer \(index), which does not exist")
        )
    }

    @Test func oneBufferTwiceIsALoss() throws {
        let camera = FakeCamera.grey()
        camera.picture = { _ in
            var picture = FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48))
            picture.index = 0
            return picture
        }
        let other = FakeCamera.grey()
        other.picture = { _ in nil }
        // In a pair the first buffer is kept while the partner is awaited.
        let (settings, system) = pair(camera, other)
        #expect(
            FakeRun(settings, on: system, frames: 1).error
                == .lost("/dev/video0: the driver returned buffer 0, which does not exist"))
    }

    @Test func descriptorsThatCannotBeAreLeftOut() throws {
        let most = UInt32.max
        let odd: [(UInt32, UInt32)] = [(0, 30), (1, 0), (0, 0), (most, 1), (1, most), (1, 30)]
        let sizes: [FakeCamera.Size] = [
            FakeCamera.Size(code: V4L2Format.grey.code, width: 0, height: 0, intervals: [(1, 30)]),
            FakeCamera.Size(code: V4L2Format.grey.code, width: 1 << 30, height: 1 << 30, intervals: [(1, 30)]),
            FakeCamera.Size(code: V4L2Format.grey.code, width: 64, height: 48, intervals: odd),
        ]
        let camera = FakeCamera(sizes) { _ in FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48)) }
        camera.rateAnswer = { $0 = v4l2_fract(numerator: 0, denominator: 0) }
        let run = FakeRun(camera, frames: 2)
        #expect(run.frames.count == 2)
        let agreement = try #require(run.source?.agreements.first)
        #expect(agreement.offered == "GREY 64x48@30")
        #expect(agreement.notes.count == 8, "\(agreement.notes)")
        #expect(agreement.framesPerSecond == 30)
        #expect(agreement.card.count == 32 && agreement.card.allSatisfy { $0 == "c" })
        #expect(agreement.driver == "fake")
    }

    @Test func aDriverThatListsForEverIsLeftInTime() {
        let sizes = (1...500).map {
            FakeCamera.Size(
                code: V4L2Format.grey.code, width: UInt32($0), height: 48, intervals: (UInt32(1)...500).map { (UInt32(1), $0) })
        }
        let camera = FakeCamera(sizes) { _ in FakePicture(bytes: [UInt8](repeating: 0, count: 500 * 48)) }
        camera.controls = (1...500).map { FakeCamera.Control(id: $0, name: "c\($0)", range: 0...1) }
        let system = FakeVideo(camera)
        let report = V4L2DeviceReport.of("/dev/video0", system: system)
        #expect(report.offers.count == 128)
        #expect(report.offers.allSatisfy { $0.rates.count == 64 })
        #expect(report.controls.count == 128)
        #expect(report.notes.count == 1)
    }

    // MARK: Time

    @Test func stampsThatCannotBeAreReplacedByTheArrival() throws {
        let offsets: [Int64] = [0, 3_600_000_000_000, -3_600_000_000_000, 0, -40_000_000, Int64.min / 2, 0]
        let camera = FakeCamera.grey()
        camera.picture = { number in
            var picture = FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48))
            picture.stampOffset = offsets[number % offsets.count]
            return picture
        }
        let run = FakeRun(camera, frames: offsets.count)
        let times = run.frames.map(\.header.captured)
        #expect(times == times.sorted())
        #expect(zip(times, times.dropFirst()).allSatisfy { (33_000_000...34_000_000).contains($1.nanoseconds(since: $0)) })
        #expect(run.source?.figures.devices.first?.clockFaults == 4)
    }

    @Test func aClockThatIsNotMonotonicIsNotUsed() throws {
        let camera = FakeCamera.grey()
        camera.picture = { _ in
            var picture = FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48))
            picture.flags = UInt32(V4L2_BUF_FLAG_TIMESTAMP_COPY)
            picture.stampOffset = -500_000_000
            return picture
        }
        let system = FakeVideo(camera)
        let run = FakeRun(V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0"), .left)), on: system, frames: 1)
        #expect(run.frames.first?.header.captured == system.now())
        #expect(run.source?.figures.devices.first?.clockFaults == 0)
    }

    @Test func theDriversStampIsTheDeviceClock() throws {
        let camera = FakeCamera.grey()
        camera.phase = 7_000_000
        camera.picture = { _ in
            var picture = FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48))
            picture.stampOffset = -5_000_000
            return picture
        }
        let header = try #require(FakeRun(camera, frames: 1).frames.first?.header)
        #expect(header.captured.nanoseconds == 1_000_002_000_000)
        #expect(header.deviceNanoseconds == 1_000_002_000_000)
    }

    @Test func aClockNeverRunsBackwards() {
        var clock = V4L2Clock()
        var random = SeededRandom(5)
        var last = Timestamp(nanoseconds: 0)
        for step in 1...10_000 {
            let now = Timestamp(nanoseconds: Int64(step) * 10_000_000)
            let stamp = Bool.random(using: &random) ? Int64.random(in: .min ... .max, using: &random) : now.nanoseconds - 1000
            let read = clock.read(stamp, at: now)
            #expect(read.captured <= now)
            if stamp == now.nanoseconds - 1000 { #expect(read.captured >= last) }
            last = read.captured
        }
    }

    // MARK: Pressure

    @Test func readersThatKeepFramesCostFramesNotMemory() throws {
        let camera = FakeCamera.grey()
        let system = FakeVideo(camera)
        let stop = StopSignal()
        camera.picture = { number in
            if number == 50 { stop.stop() }
            return FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48))
        }
        var kept: [Frame] = []
        let counters = CaptureCounters()
        let source = try V4L2Source(
            settings: V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0"), .left), buffers: 4),
            camera: try #require(CameraID("test")), system: system)
        try source.runFrames(counters: counters, stop: stop) { kept.append($0) }
        #expect(kept.count == 4)
        #expect(counters.dropped.current >= 45)
    }

    @Test func gapsInTheDriversNumbersAreLostPictures() {
        let camera = FakeCamera.grey()
        camera.picture = { number in
            var picture = FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48))
            picture.number = UInt32.max &- 4 &+ UInt32(number) &* 3
            return picture
        }
        let run = FakeRun(camera, frames: 5)
        #expect(run.counters.dropped.current == 8)
        #expect(run.frames.map(\.header.sequence) == [0, 1, 2, 3, 4])
    }

    @Test func aThousandStartsLeaveNothingBehind() async {
        await #expect(processExitsWith: .success) { try StartsAlone.run() }
    }
}

/// What runs in a process of its own, so that no other suite's pages are counted.
private enum StartsAlone {
    static func run() throws {
        for _ in 0..<100 { live() }
        let before = try residentBytes()
        for _ in 0..<1000 { live() }
        #expect(try residentBytes() - before < 8 << 20)
    }

    private static func live() {
        let camera = FakeCamera.grey()
        camera.fault = { $0 == CV_DQBUF && $1 > 3 ? ENODEV : 0 }
        let run = FakeRun(camera, frames: 100)
        #expect(run.error != nil && camera.mapped == 0)
    }

    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * Int(getpagesize())
    }
}

/// A test that did not come as far as its expectation.
struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
