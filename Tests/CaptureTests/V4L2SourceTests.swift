// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Capture
import Core
import Foundation
import TestSupport
import Testing
import V4L2

/// Settings, negotiation, controls, and cameras that go together.
struct V4L2SourceTests {
    private func size(_ format: V4L2Format, _ width: UInt32, _ height: UInt32, _ rates: UInt32...) -> FakeCamera.Size {
        FakeCamera.Size(code: format.code, width: width, height: height, intervals: rates.map { (1, $0) })
    }

    private func agreement(
        _ sizes: [FakeCamera.Size], _ camera: V4L2Camera, as lens: CameraInstance = .left
    ) throws -> V4L2Agreement {
        let system = FakeVideo(FakeCamera(sizes) { _ in nil })
        let source = try V4L2Source(
            settings: V4L2Settings(layout: .single(camera, lens)), camera: try #require(CameraID("test")), system: system)
        return try #require(source.agreements.first)
    }

    private func camera(_ width: Int = 0, _ height: Int = 0, fps: Double = 0, _ formats: [V4L2Format] = []) -> V4L2Camera {
        V4L2Camera(node: "/dev/video0", width: width, height: height, framesPerSecond: fps, formats: formats)
    }

    // MARK: Negotiation

    @Test func theCheapestFormatThatReachesTheRateIsChosen() throws {
        let sizes = [size(.mjpeg, 640, 400, 60, 30), size(.yuyv, 640, 400, 30, 15), size(.grey, 640, 400, 15)]
        #expect(try agreement(sizes, camera(640, 400, fps: 15)).format == .grey)
        #expect(try agreement(sizes, camera(640, 400)).format == .yuyv)
        #expect(try agreement(sizes, camera(640, 400, fps: 60)).format == .mjpeg)
        // Nobody reaches it: the fastest.
        #expect(try agreement(sizes, camera(640, 400, fps: 100)).format == .mjpeg)
        #expect(try agreement(sizes, camera(640, 400, fps: 15), as: .color).format == .yuyv)
    }

    @Test func anOwnersOrderOfFormatsIsFollowed() throws {
        let sizes = [size(.mjpeg, 640, 400, 60), size(.grey, 640, 400, 15)]
        #expect(try agreement(sizes, camera(640, 400, fps: 60, [.grey, .mjpeg])).format == .grey)
        #expect(throws: CaptureError.self) { try agreement(sizes, camera(640, 400, [.nv12])) }
    }

    @Test func theSlowestRateThatReachesTheWishIsChosen() throws {
        let sizes = [size(.grey, 640, 400, 120, 60, 30, 15)]
        #expect(try agreement(sizes, camera(640, 400, fps: 25)).framesPerSecond == 30)
        #expect(try agreement(sizes, camera(640, 400, fps: 30)).framesPerSecond == 30)
        #expect(try agreement(sizes, camera(640, 400, fps: 500)).framesPerSecond == 120)
        #expect(try agreement(sizes, camera(640, 400)).framesPerSecond == 30)
    }

    @Test func withoutASizeTheDevicesOwnIsKept() throws {
        #expect(try agreement([size(.grey, 320, 240, 30), size(.grey, 640, 480, 30)], camera()).width == 320)
    }

    @Test func anExactSizeComesBeforeAReducedOne() throws {
        let sizes = [size(.mjpeg, 1280, 800, 30), size(.yuyv, 640, 400, 30)]
        #expect(try agreement(sizes, camera(640, 400)).reduction == 1)
        #expect(try agreement(sizes, camera(320, 200)).reduction == 4)
        #expect(throws: CaptureError.self) { try agreement(sizes, camera(300, 200)) }
    }

    @Test func aRefusalSaysWhatWasAskedAndWhatIsOffered() throws {
        let error = #expect(throws: CaptureError.self) {
            try agreement([size(.mjpeg, 1280, 720, 30), size(.yuyv, 640, 480, 30, 15)], camera(640, 400, fps: 30))
        }
        #expect(
            error?.description
                == "left /dev/video0: 640x400 at 30: it offers MJPG 1280x720@30; YUYV 640x480@30")
    }

    @Test func aDriverThatChoosesAnotherSizeIsReported() throws {
        let fake = FakeCamera([size(.grey, 640, 400, 30)]) { _ in FakePicture(bytes: [UInt8](repeating: 0, count: 640 * 480)) }
        fake.answer = { ($0.height, $0.sizeimage) = (480, 640 * 480) }
        fake.rateAnswer = { $0 = v4l2_fract(numerator: 1, denominator: 25) }
        let run = FakeRun(fake, camera(640, 400), frames: 1)
        #expect(run.frames.first?.header.height == 480)
        let agreement = try #require(run.source?.agreements.first)
        #expect(agreement.framesPerSecond == 25)
        #expect(
            agreement.notes == [
                "requested GREY 640x400, the driver chose GREY 640x480", "requested 30 frames/s, the driver chose 25",
            ])
        #expect(agreement.description.contains("requested 640x400 at 30; offered GREY 640x400@30; chosen GREY 640x480 at 25"))
    }

    // MARK: Controls

    private var controlled: FakeCamera {
        let camera = FakeCamera.grey()
        camera.controls = [
            .init(id: CV_GAIN, name: "Gain", range: 0...255, value: 64),
            .init(id: CV_AUTO_EXPOSURE, name: "Auto Exposure", range: 0...3, value: 3),
            .init(
                id: CV_EXPOSURE, name: "Exposure Time, Absolute", range: 1...5000, value: 100,
                flags: UInt32(V4L2_CTRL_FLAG_INACTIVE)),
            .init(id: CV_WHITE_BALANCE, name: "White Balance Temperature", range: 2800...6500, step: 10, value: 4600),
            .init(id: 0x009A_09FF, name: "LED 1 / Mode (x)", range: 0...1),
            .init(id: CV_ZOOM, name: "Zoom", range: 0...10, flags: UInt32(V4L2_CTRL_FLAG_READ_ONLY)),
        ]
        return camera
    }

    private func set(_ values: [String: Int]) -> (FakeCamera, FakeRun) {
        let camera = controlled
        return (camera, FakeRun(camera, V4L2Camera(node: "/dev/video0", controls: values), frames: 1))
    }

    @Test func controlsAreSetByNameAndTheirAutomaticsTurnedOff() throws {
        let (camera, run) = set(["exposure": 50, "gain": 10, "led_1_mode_x": 1, "white_balance": 5000])
        #expect(run.frames.count == 1)
        let values: [Int: Int32] = Dictionary(uniqueKeysWithValues: camera.controls.map { ($0.id, $0.value) })
        #expect(values[CV_EXPOSURE] == 50)
        #expect(values[CV_GAIN] == 10)
        #expect(values[0x009A_09FF] == 1)
        #expect(values[CV_AUTO_EXPOSURE] == 1)
        #expect(run.source?.agreements.first?.notes == ["auto_exposure was set to 1 because exposure is set"])
    }

    @Test(arguments: [
        (["gain": 256], "controls.gain 256 on /dev/video0: give 0 to 255; the camera's own is 0"),
        (
            ["white_balance": 2805],
            "controls.white_balance 2805 on /dev/video0: give 2800 to 6500 in steps of 10; the camera's own is 0"
        ),
        (["zoom": 1], "controls.zoom on /dev/video0: remove it: it can only be read"),
        (["gian": 1], "controls.gian on /dev/video0: it has auto_exposure, exposure, gain, led_1_mode_x, white_balance"),
    ])
    func aControlThatCannotBeIsRefused(values: [String: Int], text: String) {
        #expect(set(values).1.error?.description == text)
    }

    // MARK: Settings and access

    @Test(arguments: [
        V4L2Settings(layout: .single(V4L2Camera(node: "video0"), .left)),
        V4L2Settings(layout: .single(V4L2Camera(node: ""), .left)),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0", width: 640), .left)),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0", width: 16384, height: 16384), .left)),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0", width: -1, height: -1), .left)),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0", framesPerSecond: -1), .left)),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0", framesPerSecond: .nan), .left)),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0", significantBits: 7), .left)),
        V4L2Settings(layout: .pair(left: V4L2Camera(node: "/dev/video0"), right: V4L2Camera(node: "/dev/video0"))),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0"), .color), color: V4L2Camera(node: "/dev/video2")),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0"), .left), stallSeconds: 0),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0"), .left), startSeconds: .infinity),
        V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0"), .left), buffers: 0),
    ])
    func settingsThatCannotBeAreRefused(settings: V4L2Settings) throws {
        let system = FakeVideo(["/dev/video0": .grey(), "/dev/video2": .grey()])
        guard case .unusable = FakeRun(settings, on: system, frames: 1).error else { throw TestFailure("it was taken") }
    }

    @Test(arguments: [(EACCES, "group"), (EPERM, "DeviceAllow"), (EBUSY, "another program"), (ENOTTY, "something else")])
    func aNodeThatCannotBeOpenedIsRefusedWithARemedy(code: Int32, word: String) throws {
        let system = FakeVideo(.grey())
        system.openFailures["/dev/video0"] = code
        let error = try #require(FakeRun(V4L2Settings(layout: .single(camera(), .left)), on: system, frames: 1).error)
        guard case .unusable(_, let remedy) = error else { throw TestFailure("\(error)") }
        #expect(remedy.contains(word))
    }

    @Test func aNodeThatIsNotThereIsLostAndMayComeBack() {
        let run = FakeRun(V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video9"), .left)), on: FakeVideo([:]), frames: 1)
        #expect(run.error == .lost("/dev/video9: opening it: No such file or directory"))
    }

    @Test func aRegularFileIsNoCamera() throws {
        let report = V4L2DeviceReport.of("/proc/self/status")
        #expect(report.access != .ok && !report.isCapture)
        #expect(V4L2DeviceReport.of("/dev/does-not-exist").access == .absent)
        // A character device that knows none of the questions.
        #expect(V4L2DeviceReport.of("/dev/null").access == .failed("asking what it is: Inappropriate ioctl for device"))
    }

    @Test func theReportShowsWhatTheNodeHas() throws {
        let camera = controlled
        camera.sizes = [size(.mjpeg, 2560, 720, 30), size(.yuyv, 1280, 480, 15)]
        let report = V4L2DeviceReport.of("/dev/video0", system: FakeVideo(camera))
        #expect(report.access == .ok && report.isCapture && report.looksSideBySide)
        #expect(report.offers.map(\.code) == ["MJPG", "YUYV"])
        #expect(report.controls.map(\.name) == ["gain", "white_balance", "auto_exposure", "exposure", "zoom", "led_1_mode_x"])
        #expect(report.controls.first { $0.name == "exposure" }?.isInactive == true)
        camera.capabilities = UInt32(V4L2_CAP_STREAMING)
        #expect(!V4L2DeviceReport.of("/dev/video0", system: FakeVideo(camera)).isCapture)
    }

    // MARK: Two cameras, and a colour one

    private func stereo(
        _ left: FakeCamera, _ right: FakeCamera, color: FakeCamera? = nil, frames: Int
    ) -> FakeRun {
        var cameras = ["/dev/video0": left, "/dev/video2": right]
        cameras["/dev/video4"] = color
        return FakeRun(
            V4L2Settings(
                layout: .pair(left: V4L2Camera(node: "/dev/video0"), right: V4L2Camera(node: "/dev/video2")),
                color: color.map { _ in V4L2Camera(node: "/dev/video4") }, buffers: 1000),
            on: FakeVideo(cameras), frames: frames)
    }

    @Test func twoCamerasShareSequenceNumbers() throws {
        let (left, right) = (FakeCamera.grey(), FakeCamera.grey())
        right.phase = 4_000_000
        let run = stereo(left, right, frames: 20)
        let sequences = run.frames.map(\.header.sequence)
        let lenses = run.frames.map(\.header.instance)
        #expect(sequences == (0..<20).map { $0 / 2 })
        #expect(lenses == (0..<20).map { $0 % 2 == 0 ? .left : .right })
        let pairing = try #require(run.source?.figures.pairing)
        #expect(pairing.pairs == 10)
        #expect(abs(pairing.offsetMicroseconds - 4000) < 2)
        #expect(abs(pairing.meanOffsetMicroseconds - 4000) < 2)
        #expect(abs(pairing.jitterMicroseconds) < 2)
        #expect(abs(pairing.driftPartsPerMillion) < 2)
    }

    @Test func driftAndJitterAreMeasured() throws {
        let (left, right) = (FakeCamera.grey(), FakeCamera.grey())
        // 100 parts per million slower, and 200 µs early or late.
        right.period = left.period + left.period / 10_000
        right.phase = 2_000_000
        let pixels = [UInt8](repeating: 0, count: 64 * 48)
        right.picture = { number in
            var picture = FakePicture(bytes: pixels)
            picture.stampOffset = number % 2 == 0 ? -200_000 : 0
            return picture
        }
        let pairing = try #require(stereo(left, right, frames: 600).source?.figures.pairing)
        #expect(abs(pairing.driftPartsPerMillion - 100) < 10)
        #expect(abs(pairing.jitterMicroseconds - 100) < 10)
    }

    @Test func aPictureWithoutAPartnerIsDroppedUnseen() throws {
        let (left, right) = (FakeCamera.grey(), FakeCamera.grey())
        // The right camera makes every second picture only.
        right.period = left.period * 2
        let run = stereo(left, right, frames: 20)
        #expect(run.error == nil)
        let (lefts, rights) = (
            run.frames.filter { $0.header.instance == .left }, run.frames.filter { $0.header.instance == .right }
        )
        for (one, other) in zip(lefts, rights) {
            #expect(abs(one.header.captured.nanoseconds(since: other.header.captured)) < 1_000_000)
        }
        let figures = try #require(run.source?.figures)
        #expect(figures.pairing?.unpairedLeft ?? 0 >= 8)
        #expect(figures.pairing?.unpairedRight == 0)
        #expect(figures.devices[0].unpaired == figures.pairing?.unpairedLeft)
    }

    @Test func onePulledCameraEndsThePair() {
        let (left, right) = (FakeCamera.grey(), FakeCamera.grey())
        right.fault = { $0 == CV_DQBUF && $1 > 5 ? ENODEV : 0 }
        #expect(stereo(left, right, frames: 100).error == .lost("/dev/video2: taking a picture: No such device"))
        #expect(left.mapped == 0 && right.mapped == 0)
    }

    @Test func oneFrozenCameraEndsThePairByName() {
        let (left, right) = (FakeCamera.grey(), FakeCamera.grey())
        left.picture = { $0 < 5 ? FakePicture(bytes: [UInt8](repeating: 0, count: 64 * 48)) : nil }
        #expect(stereo(left, right, frames: 100).error == .lost("/dev/video0: frozen: no picture for 2 s"))
    }

    @Test func camerasOfDifferentSizesAreRefused() {
        let run = stereo(.grey(64, 48), .grey(64, 64), frames: 1)
        #expect(run.error == .unusable(what: "right is 64×64", remedy: "set a size that both cameras offer; left is 64×48"))
    }

    @Test func colourBesideAPairBelongsToTheNearestExposure() throws {
        let (left, right) = (FakeCamera.grey(), FakeCamera.grey())
        let color = FakeCamera([size(.yuyv, 32, 16, 15)]) { _ in FakePicture(bytes: [UInt8](repeating: 128, count: 32 * 16 * 2)) }
        (color.period, color.phase) = (66_666_666, 10_000_000)
        let run = stereo(left, right, color: color, frames: 50)
        let lefts = Dictionary(
            uniqueKeysWithValues: run.frames.filter { $0.header.instance == .left }.map { ($0.header.sequence, $0) })
        let colors = run.frames.filter { $0.header.instance == .color }
        #expect((8...12).contains(colors.count))
        for frame in colors {
            let partner = try #require(lefts[frame.header.sequence])
            #expect(abs(frame.header.captured.nanoseconds(since: partner.header.captured)) <= 16_666_667)
            #expect(frame.header.format == .bgr24)
        }
        // Within an exposure left comes first and colour last.
        let order: [CameraInstance: Int] = [.left: 0, .right: 1, .color: 2]
        for (one, next) in zip(run.frames, run.frames.dropFirst()) {
            let (a, b) = (one.header, next.header)
            let (first, second) = (a.sequence * 3 + (order[a.instance] ?? 9), b.sequence * 3 + (order[b.instance] ?? 9))
            #expect(first < second)
        }
        #expect(run.source?.format.framesPerSecond == 30)
    }

    @Test func aFasterColourCameraGivesOnePictureToAnExposure() {
        let color = FakeCamera([size(.yuyv, 32, 16, 60)]) { _ in FakePicture(bytes: [UInt8](repeating: 128, count: 32 * 16 * 2)) }
        color.period = 8_000_000
        let run = stereo(.grey(), .grey(), color: color, frames: 60)
        let keys = run.frames.map { "\($0.header.sequence) \($0.header.instance)" }
        #expect(Set(keys).count == keys.count)
        #expect(run.frames.count { $0.header.instance == .color } >= 18)
        #expect(run.source?.figures.devices[2].unpaired ?? 0 > 30)
    }

    @Test func aPairingForgetsNothingAndKeepsLittle() {
        var random = SeededRandom(23)
        for _ in 0..<200 {
            var pairing = ExposurePairing(framesPerSecond: 30)
            var (left, right): ([Int64], [Int64]) = ([], [])
            var added = 0
            var dropped = 0
            for step in 0..<200 {
                let isLeft = Bool.random(using: &random)
                let at = Int64(step) * Int64.random(in: 1_000_000...40_000_000, using: &random)
                if isLeft { left.append(at) } else { right.append(at) }
                added += 1
                switch pairing.add(isLeft ? .left : .right, at: Timestamp(nanoseconds: at)) {
                case .wait: break
                case .drop(.left):
                    left.removeFirst()
                    dropped += 1
                case .drop(.right):
                    right.removeFirst()
                    dropped += 1
                case .pair(let skippedLeft, let skippedRight):
                    left.removeFirst(skippedLeft)
                    right.removeFirst(skippedRight)
                    dropped += skippedLeft + skippedRight
                    #expect(abs(left.removeFirst() - right.removeFirst()) <= pairing.toleranceNanoseconds)
                }
                #expect(left.count <= ExposurePairing.capacity && right.count <= ExposurePairing.capacity)
            }
            let figures = pairing.figures
            #expect(figures.pairs * 2 + dropped + left.count + right.count == added)
            #expect(figures.unpairedLeft + figures.unpairedRight == dropped)
        }
    }
}
