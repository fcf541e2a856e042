// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Capture
import Core
import Foundation
import Synchronization
import TestSupport
import Testing

/// Exposure, colours and focus on their way to a device, and what is said to be in force.
struct LensControlTests {
    /// A camera as most are: exposure and white balance refuse to be set while their automatics are on.
    private func camera() -> FakeCamera {
        let camera = FakeCamera.grey()
        camera.controls = [
            .init(id: CV_BRIGHTNESS, name: "Brightness", range: -64...64),
            .init(id: CV_CONTRAST, name: "Contrast", range: 0...100, value: 32, standard: 32),
            .init(id: CV_GAIN, name: "Gain", range: 0...255, value: 64),
            .init(id: CV_AUTO_WHITE_BALANCE, name: "White Balance, Automatic", range: 0...1, value: 1),
            .init(id: CV_WHITE_BALANCE, name: "White Balance Temperature", range: 2800...6500, step: 10, value: 4600),
            .init(id: CV_AUTO_EXPOSURE, name: "Auto Exposure", range: 0...3, value: 3, standard: 3),
            .init(id: CV_EXPOSURE, name: "Exposure Time, Absolute", range: 1...5000, value: 157),
            .init(id: CV_FOCUS, name: "Focus, Absolute", range: 0...250, step: 5),
            .init(id: CV_AUTO_FOCUS, name: "Focus, Automatic Continuous", range: 0...1, value: 1),
        ]
        camera.refusal = { camera, id, value in
            func now(_ id: Int) -> Int32 { camera.controls.first { $0.id == id }?.value ?? 0 }
            // A UVC camera knows only manual and aperture priority.
            if id == CV_AUTO_EXPOSURE { return value == 1 || value == 3 ? 0 : EINVAL }
            if id == CV_EXPOSURE, now(CV_AUTO_EXPOSURE) != 1 { return EACCES }
            if id == CV_WHITE_BALANCE, now(CV_AUTO_WHITE_BALANCE) == 1 { return EACCES }
            if id == CV_FOCUS, now(CV_AUTO_FOCUS) == 1 { return EACCES }
            return 0
        }
        return camera
    }

    private func value(_ camera: FakeCamera, _ id: Int) -> Int32? { camera.controls.first { $0.id == id }?.value }

    private func wish(_ change: (inout CameraControlRequest) -> Void) -> CameraControlRequest {
        var wish = CameraControlRequest()
        change(&wish)
        return wish
    }

    /// Answers in the order they came.
    private final class Answers: Sendable {
        let all = Mutex<[CameraControlState?]>([])
        func add(_ answer: CameraControlState?) { all.withLock { $0.append(answer) } }
        subscript(_ index: Int) -> CameraControlState? { all.withLock { $0.indices.contains(index) ? $0[index] : nil } }
    }

    /// Runs a source and makes a request after each picture.
    private func run(
        _ system: FakeVideo, _ settings: V4L2Settings, _ wishes: [(CameraInstance, CameraControlRequest)], answers: Answers
    ) throws -> V4L2Source {
        let source = try V4L2Source(settings: settings, camera: try #require(CameraID("test")), system: system)
        let stop = StopSignal()
        var count = 0
        try source.runFrames(counters: CaptureCounters(), stop: stop) { _ in
            if wishes.indices.contains(count) { source.control(wishes[count].0, wishes[count].1) { answers.add($0) } }
            count += 1
            if count > wishes.count + 2 { stop.stop() }
        }
        return source
    }

    private func tell(_ camera: FakeCamera, controls: [String: Int] = [:], _ wishes: CameraControlRequest...) throws -> Answers {
        let answers = Answers()
        let settings = V4L2Settings(
            layout: .single(V4L2Camera(node: "/dev/video0", controls: controls), .left), buffers: 100)
        _ = try run(FakeVideo(camera), settings, wishes.map { (.left, $0) }, answers: answers)
        #expect(answers.all.withLock { $0.count } == wishes.count)
        return answers
    }

    @Test func wishesAreCarriedOutInTheDevicesUnitsAndReadBack() throws {
        let camera = camera()
        let answers = try tell(
            camera,
            wish {
                ($0.autoExposure, $0.exposureMicroseconds, $0.iso, $0.brightness, $0.contrast) = (false, 5040, 400, 5, -10)
                ($0.whiteBalance, $0.kelvin, $0.focusMode, $0.lensPosition) = (.off, 4444, .off, 0.5)
            })
        #expect(value(camera, CV_AUTO_EXPOSURE) == 1 && value(camera, CV_EXPOSURE) == 50 && value(camera, CV_GAIN) == 16)
        #expect(value(camera, CV_BRIGHTNESS) == 32 && value(camera, CV_CONTRAST) == 0)
        #expect(value(camera, CV_AUTO_WHITE_BALANCE) == 0 && value(camera, CV_WHITE_BALANCE) == 4440)
        #expect(value(camera, CV_AUTO_FOCUS) == 0 && value(camera, CV_FOCUS) == 125)
        let force = try #require(answers[0])
        // Units that mean something are those of the device, scales are as asked for.
        #expect(!force.autoExposure && force.exposureMicroseconds == 5000 && force.iso == 400)
        #expect(force.brightness == 5 && force.contrast == -10 && force.saturation == 0)
        #expect(force.whiteBalance == .off && force.kelvin == 4440)
        #expect(force.focus == .init(mode: .off, position: 0.5))
    }

    @Test func whatTheCameraChoosesByItselfIsNotSetUntilItNoLongerDoes() throws {
        let camera = camera()
        let answers = try tell(
            camera, wish { ($0.exposureMicroseconds, $0.autoExposure) = (2000, true) }, wish { $0.autoExposure = false },
            wish { $0.autoExposure = true })
        #expect(answers[0]?.autoExposure == true && answers[0]?.exposureMicroseconds == 15_700)
        #expect(answers[1]?.autoExposure == false && answers[1]?.exposureMicroseconds == 2000)
        #expect(answers[2]?.autoExposure == true && value(camera, CV_AUTO_EXPOSURE) == 3)
    }

    @Test func whoOnlyAsksChangesNothing() throws {
        let camera = camera()
        camera.refusal = { _, _, _ in
            Issue.record("set")
            return 0
        }
        let force = try #require(try tell(camera, CameraControlRequest())[0])
        #expect(force.autoExposure && force.exposureMicroseconds == 15_700 && force.contrast == 0)
        #expect(force.whiteBalance == .automatic && force.focus?.mode == .continuousVideo)
    }

    @Test func valuesOutsideTheDevicesRangeComeToItsEnds() throws {
        let camera = camera()
        let force = try tell(camera, wish { ($0.whiteBalance, $0.kelvin, $0.brightness) = (.twilight, 3000, 10) })[0]
        #expect(value(camera, CV_WHITE_BALANCE) == 6500 && value(camera, CV_BRIGHTNESS) == 64)
        #expect(force?.whiteBalance == .twilight && force?.kelvin == 6500)
    }

    @Test func theOwnersValueIsTheMiddleOfAScale() throws {
        let camera = camera()
        let answers = try tell(
            camera, controls: ["contrast": 80], CameraControlRequest(), wish { $0.contrast = 5 }, wish { $0.contrast = 0 })
        #expect(answers[0]?.contrast == 0 && answers[1]?.contrast == 5 && value(camera, CV_CONTRAST) == 80)
    }

    @Test func whatADeviceRefusesOrHasNotStaysAsItIs() throws {
        let camera = camera()
        camera.refusal = { _, id, _ in id == CV_CONTRAST ? EIO : 0 }
        let force = try tell(camera, wish { ($0.contrast, $0.saturation, $0.brightness) = (7, 7, 7) })[0]
        #expect(force?.contrast == 0 && force?.saturation == 0 && force?.brightness == 7)
        let bare = try tell(
            FakeCamera.grey(), wish { ($0.exposureMicroseconds, $0.lensPosition, $0.autoExposure) = (9, 1, false) })
        #expect(bare[0] == .first)
    }

    @Test func eachCameraOfAPairIsToldItsOwn() throws {
        let (left, right, answers) = (camera(), camera(), Answers())
        let settings = V4L2Settings(
            layout: .pair(left: V4L2Camera(node: "/dev/video0"), right: V4L2Camera(node: "/dev/video1")), buffers: 100)
        _ = try run(
            FakeVideo(["/dev/video0": left, "/dev/video1": right]), settings,
            [(.right, wish { $0.brightness = 10 }), (.color, wish { $0.brightness = -10 })], answers: answers)
        #expect(value(left, CV_BRIGHTNESS) == 0 && value(right, CV_BRIGHTNESS) == 64)
        // A lens that is not there cannot be told anything.
        #expect(answers.all.withLock { $0.contains(.first) })
    }

    @Test func aCameraThatGoesWhileItIsToldIsLostAndNobodyWaitsForIt() throws {
        let (camera, answers) = (camera(), Answers())
        camera.refusal = { _, _, _ in ENODEV }
        let settings = V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0"), .left), buffers: 100)
        #expect(throws: CaptureError.self) {
            _ = try run(FakeVideo(camera), settings, [(.left, wish { $0.brightness = 1 })], answers: answers)
        }
        #expect(answers.all.withLock { $0.count } == 1 && answers[0] == nil)
        let source = try run(FakeVideo(self.camera()), settings, [], answers: answers)
        source.control(.left, CameraControlRequest()) { answers.add($0) }
        #expect(answers.all.withLock { $0.count } == 2 && answers[1] == nil)
    }

    @Test func howeverManyWishesComeNothingPilesUp() throws {
        let (camera, answers) = (camera(), Answers())
        let source = try V4L2Source(
            settings: V4L2Settings(layout: .single(V4L2Camera(node: "/dev/video0"), .left)),
            camera: try #require(CameraID("test")), system: FakeVideo(camera))
        for step in 0..<1000 { source.control(.left, wish { $0.brightness = step % 21 - 10 }) { answers.add($0) } }
        #expect(answers.all.withLock { $0.count } == 936)
        let stop = StopSignal()
        try source.runFrames(counters: CaptureCounters(), stop: stop) { frame in if frame.header.sequence > 2 { stop.stop() } }
        // The last of them counts, for all who still wait.
        #expect(answers.all.withLock { $0.count } == 1000 && answers[999]?.brightness == 999 % 21 - 10)
    }

    // MARK: The demo

    private func demoPicture(_ lens: CameraInstance, _ wish: CameraControlRequest?) throws -> (
        bytes: [UInt8], force: CameraControlState?
    ) {
        let source = try DemoSource(
            camera: try #require(CameraID("demo")), settings: DemoSettings(framesPerSecond: 120, noise: 0))
        let answers = Answers()
        if let wish { source.control(lens, wish) { answers.add($0) } }
        let stop = StopSignal()
        var bytes: [UInt8] = []
        try source.runFrames(counters: CaptureCounters(), stop: stop) { frame in
            guard frame.header.instance == lens else { return }
            if frame.header.sequence == 0 { bytes = frame.withUnsafeBytes { Array($0) } }
            stop.stop()
        }
        return (bytes, answers[0])
    }

    private func mean(_ bytes: [UInt8], _ channel: Int = 0, of channels: Int = 1) -> Double {
        let picked = stride(from: channel, to: bytes.count, by: channels).map { Double(bytes[$0]) }
        return picked.reduce(0, +) / Double(picked.count)
    }

    @Test func theDemosPicturesShowWhatItsLensesAreTold() throws {
        let plain = try demoPicture(.left, nil).bytes
        #expect(try demoPicture(.left, CameraControlRequest()).bytes == plain)
        let same = try demoPicture(.left, wish { ($0.autoExposure, $0.exposureMicroseconds, $0.iso) = (false, 8000, 400) })
        #expect(same.bytes == plain && same.force?.autoExposure == false && same.force?.focus == nil)
        // Half the light is half the grey, to a level.
        let half = try demoPicture(.left, wish { ($0.autoExposure, $0.exposureMicroseconds, $0.iso) = (false, 4000, 400) })
        #expect(zip(half.bytes, plain).allSatisfy { abs(Double($0) * 2 - Double($1)) <= 1 })
        // While the camera exposes by itself the values wait.
        #expect(try demoPicture(.left, wish { ($0.autoExposure, $0.exposureMicroseconds) = (true, 1) }).bytes == plain)
        let bright = try demoPicture(.left, wish { $0.brightness = 5 }).bytes
        #expect(zip(bright, plain).allSatisfy { Int($0) == min(255, Int($1) + 30) })
    }

    @Test func theDemosColoursAreToldToo() throws {
        let plain = try demoPicture(.color, nil).bytes
        let grey = try demoPicture(.color, wish { $0.saturation = -10 }).bytes
        let isGrey = stride(from: 0, to: grey.count, by: 3).allSatisfy { (index: Int) -> Bool in
            grey[index] == grey[index + 1] && grey[index] == grey[index + 2]
        }
        #expect(isGrey)
        let warm = try demoPicture(.color, wish { ($0.whiteBalance, $0.kelvin) = (.off, 9000) }).bytes
        #expect(mean(warm, 0, of: 3) < mean(plain, 0, of: 3))
        #expect(mean(warm, 2, of: 3) > mean(plain, 2, of: 3))
        #expect(mean(warm, 1, of: 3) == mean(plain, 1, of: 3))
    }

    @Test func aRecordingCannotBeToldAnything() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("told-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let left = folder.appendingPathComponent("color")
        try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
        try Data(Array("P6\n16 16\n255\n".utf8) + [UInt8](repeating: 9, count: 768)).write(
            to: left.appendingPathComponent("0.ppm"))
        let source = try ReplaySource(
            settings: ReplaySettings(folder: folder.path), camera: try #require(CameraID("test")))
        let answers = Answers()
        source.control(.color, wish { ($0.brightness, $0.lensPosition) = (10, 1) }) { answers.add($0) }
        #expect(answers[0] == .first)
    }
}
