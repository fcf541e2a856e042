// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import TestSupport
import Testing

/// An OAK camera behind the whole daemon: the rig's, which the vendor's own library takes for a real one.
@Suite(.serialized, .enabled(if: SharedData.isRequired))
struct OAKTests {
    private struct Camera: Decodable {
        struct Stage: Decodable { var name: String }
        var state: String
        var why: String
        var source: String
        var lenses: [String: String]
        var streams: [Stream]
        var stages: [Stage]
        var counters: [String: Int]
        var device: DeviceHealth?
        var placements: [String: String]?
        struct Stream: Decodable { var name: String }
    }

    private struct Status: Decodable { var cameras: [Camera] }

    private func camera(_ daemon: DaemonProcess) async throws -> Camera {
        let answer = try await Command.get("\(daemon.base)/api/v1/status")
        return try #require(try JSONDecoder().decode(Status.self, from: answer.data).cameras.first)
    }

    /// Asks until the camera is so; at most 400 times, about ten seconds of curl starting up.
    private func wait(_ daemon: DaemonProcess, until isSo: (Camera) -> Bool) async throws -> Camera {
        for _ in 0..<400 {
            let camera = try await camera(daemon)
            if isSo(camera) { return camera }
        }
        let last = try await camera(daemon)
        Issue.record("it is \(last.state): \(last.why)")
        return last
    }

    private func snapshot(_ daemon: DaemonProcess, _ stream: String, _ format: PixelFormat) async throws -> Frame {
        let answer = try await Command.get("\(daemon.base)/api/v1/cameras/oak/streams/\(stream)/snapshot.png")
        #expect(answer.code == 200)
        let header = FrameHeader(
            camera: try #require(CameraID("oak")), instance: .right, sequence: 0, captured: .now(), width: 640, height: 400,
            format: format)
        return try ImageDecoder().decode(Array(answer.data), as: format, header: header, pool: nil)
    }

    @Test func itsLensesAndTheDepthItMeasuresAreStreams() async throws {
        try await withOAK { daemon, _ in
            let camera = try await wait(daemon) { $0.state == "running" }
            #expect(camera.source == "oak" && camera.why.isEmpty)
            #expect(camera.lenses == ["left": "640x400", "right": "640x400", "rgb": "300x300"])
            #expect(
                Set(camera.streams.map(\.name)).isSuperset(of: ["left", "right", "color", "depth", "disparity", "rectified_left"])
            )
            // The camera's depth is a ramp from 500 mm on, a millimetre a column.
            let ramp = try await snapshot(daemon, "depth", .depth16).withUnsafeUInt16 { Array($0.prefix(640)) }
            #expect(ramp == (0..<640).map { UInt16(500 + $0) })
            // Its disparity in whole pixels is f·B/z, with f = 400 px at 640 columns and B = 75 mm.
            let disparity = try await snapshot(daemon, "disparity", .gray8).withUnsafeBytes { Array($0.prefix(640)) }
            let expected = (0..<640).map { (column: Int) -> UInt8 in
                let sixteenths = 400 * 75 * 16 / (500 + column)
                return UInt8((sixteenths + 8) / 16)
            }
            #expect(disparity == expected)
            // Nothing is matched here.
            #expect(try await self.camera(daemon).stages.contains { $0.name == "stereo" } == false)
        }
    }

    /// Asks for the newest result of a stream until there is one with that key; at most 400 times.
    private func latest(_ daemon: DaemonProcess, _ stream: String, with key: String) async throws -> [String: Any] {
        let url = "\(daemon.base)/api/v1/cameras/oak/streams/\(stream)/latest"
        for _ in 0..<400 {
            let answer = try await Command.json(url)
            if answer[key] != nil { return answer }
        }
        Issue.record("nothing came on \(stream) with \(key)")
        return [:]
    }

    /// The figures are those of the rig's messages.py; it moves nothing but sits on a table.
    @Test func itTellsHowItIsAndHowItMoves() async throws {
        try await withOAK(settings: ["cameras.0.oak.imu=100"]) { daemon, _ in
            let camera = try await wait(daemon) { $0.state == "running" && $0.device != nil }
            #expect(camera.device?.temperatures == .init(css: 41, mss: 42, upa: 43, dss: 44, average: 42.5))
            #expect(camera.device?.load == .init(css: 0.25, mss: 0.1))
            #expect(camera.device?.memory.cssHeap == .init(used: 30 << 20, total: 70 << 20))
            #expect(camera.streams.contains { $0.name == "imu" })
            let motion = try await latest(daemon, "imu", with: "samples")
            let samples = try #require(motion["samples"] as? [[String: Any]])
            #expect(motion["camera"] as? String == "oak" && samples.count == 2)
            #expect(samples.first?["accelerometer"] as? [Double] == [0, 9.81, 0])
            #expect(samples.first?["gyroscope"] as? [Double] == [0, 0, 0])
            let report = try await latest(daemon, "meta_d2h", with: "device")
            let temperatures = (report["sensors"] as? [String: Any])?["temperature"] as? [String: Double]
            #expect(temperatures?["css"] == 41 && temperatures?["upa0"] == 43 && temperatures?["upa1"] == 44)
            #expect(((report["device"] as? [String: Any])?["cpu"] as? [String: Double])?["css"] == 0.25)
        }
    }

    @Test func aMotionSensorThatIsOffIsNoStream() async throws {
        try await withOAK { daemon, _ in
            let camera = try await wait(daemon) { $0.state == "running" }
            #expect(!camera.streams.contains { $0.name == "imu" })
            let answer = try await Command.get(
                "\(daemon.base)/api/v1/cameras/oak/pipeline", ["-X", "PUT", "--data", #"{"streams": ["imu"]}"#])
            #expect(answer.code == 422)
            #expect(String(decoding: answer.data, as: UTF8.self).contains("the camera has no motion sensor"))
        }
    }

    @Test func depthIsComputedOnTheBoxWhereTheOwnerWantsThat() async throws {
        try await withOAK(settings: ["cameras.0.pipeline.depth.placement=host"]) { daemon, _ in
            _ = try await wait(daemon) { $0.state == "running" }
            _ = try await snapshot(daemon, "depth", .depth16)
            #expect(try await camera(daemon).stages.contains { $0.name == "stereo" })
        }
    }

    // MARK: - What the camera does itself

    private static let blob = SharedData.url("blobs/real_face_detection_retail_0004_v6_0/model.blob")
    private static let network = "models.detection=\(blob.path)"

    /// The newest detections: what, how sure, edges, millimetres.
    private func detections(_ daemon: DaemonProcess) async throws -> [[String: Any]] {
        for _ in 0..<400 {
            let result = try await Command.json("\(daemon.base)/api/v1/cameras/oak/streams/metaout/latest")
            if let objects = result["objects"] as? [[String: Any]], objects.first?["z_mm"] is Double { return objects }
        }
        Issue.record("no detection has a distance")
        return []
    }

    @Test func theNetworkRunsInTheCameraAndItsDetectionsHaveDistances() async throws {
        try await withOAK(settings: [Self.network], network: Self.blob) { daemon, pretend in
            let camera = try await wait(daemon) { $0.state == "running" }
            #expect(camera.placements?["network"] == "device" && camera.placements?["depth"] == "device")
            try await pretend.wait(untilItSays: "the network is whole")
            let face = try #require(try await detections(daemon).first)
            #expect(face["label"] as? Int == 1 && face["confidence"] as? Double == 0.75)
            let box = try #require(face["box"] as? [Double])
            #expect(zip(box, [0.25, 0.125, 0.5, 0.625]).allSatisfy { abs($0 - $1) < 0.001 })
            // The camera's depth is a ramp from 500 mm to 1139 mm.
            let distance = try #require(face["z_mm"] as? Double)
            #expect((500...1139).contains(distance))
            // The box has not run it.
            #expect(pretend.said.contains("the network is another") == false)
        }
    }

    @Test func theBoxRunsTheNetworkThatTheOwnerWantsThere() async throws {
        let settings = [Self.network, "cameras.0.pipeline.ai.placement=host"]
        try await withOAK(settings: settings, network: Self.blob) { daemon, pretend in
            let camera = try await wait(daemon) { $0.state == "running" }
            #expect(camera.placements?["network"] == "host" && !pretend.said.contains("the network is"))
        }
    }

    @Test func aCameraThatRefusesIsAskedForLessAndItsWordsAreTold() async throws {
        try await withOAK(["--refuse", "NeuralNetwork(5): no shaves left"], settings: [Self.network]) { daemon, _ in
            // This one refuses everything: the network first, then the rest.
            let camera = try await wait(daemon) { $0.state == "refused" }
            #expect(camera.why.contains("no shaves left"))
        }
        let demanding = [Self.network, "cameras.0.pipeline.ai.placement=device"]
        try await withOAK(["--refuse", "NeuralNetwork(5): no shaves left"], settings: demanding) { daemon, _ in
            let camera = try await wait(daemon) { $0.state == "refused" }
            #expect(camera.why.contains("no shaves left"))
        }
    }

    /// Another pipeline has the camera opened anew, and nobody else notices than by a gap.
    @Test func anotherPlacementOpensTheCameraAnew() async throws {
        try await withOAK(settings: [Self.network], network: Self.blob) { daemon, _ in
            _ = try await wait(daemon) { $0.placements?["network"] == "device" }
            let put = ["-X", "PUT", "--data", #"{"ai": {"placement": "host"}}"#]
            #expect(try await Command.code("\(daemon.base)/api/v1/cameras/oak/pipeline", put) == 200)
            let here = try await wait(daemon) { $0.state == "running" && $0.placements?["network"] == "host" }
            #expect(here.why.isEmpty)
        }
    }

    /// A daemon with the demo for a camera, and the pretend camera for its accelerator.
    private static let accelerated = [
        "cameras.0.id=oak", "cameras.0.source=demo", network, "runtime.accelerator=oak",
        "runtime.accelerator_device=127.0.0.1",
    ].flatMap { ["--set", $0] }

    /// The demo's pictures go to a camera that nobody looks through; its results are the demo's, and go on when it is unplugged.
    @Test func aCameraThatNoSlotWantsRunsTheNetworkOfAnother() async throws {
        let pretend = try await PretendOAK(["--fps", "20", "--sessions", "100"], network: Self.blob)
        try await pretend.wait(untilItSays: "ready")
        try await withDaemon(Self.accelerated) { daemon in
            // It is asked for when the network first runs, which is when somebody wants its results.
            let face = try #require(try await detections(daemon).first)
            #expect(face["label"] as? Int == 1 && face["confidence"] as? Double == 0.75)
            let served = try await wait(daemon) { $0.placements?["network"] == "accelerator" && $0.why.isEmpty }
            #expect(served.source == "demo" && served.state == "running")
            try await pretend.wait(untilItSays: "the network is whole")
            try await pretend.wait(untilItSays: "pictures of kind 8, 300 by 300, 270000 bytes")
            try await pretend.end()
            // The box goes on, and says what is missing.
            for _ in 0..<400 {
                _ = try await Command.json("\(daemon.base)/api/v1/cameras/oak/streams/metaout/latest")
                let camera = try await camera(daemon)
                if camera.placements?["network"] == "host", camera.why.contains("127.0.0.1") {
                    #expect(camera.state == "running")
                    return
                }
            }
            Issue.record("it is \(try await camera(daemon).why)")
        }
    }

    @Test func theDaemonEndsWithAnAcceleratorAtWork() async throws {
        let pretend = try await PretendOAK(["--fps", "20", "--sessions", "100"], network: Self.blob)
        try await pretend.wait(untilItSays: "ready")
        let daemon = try await DaemonProcess(Self.accelerated)
        // Matching is not what is to end here.
        let put = ["-X", "PUT", "--data", #"{"streams": ["metaout"], "ai": {"calc_dist_to_bb": false}}"#]
        #expect(try await Command.code("\(daemon.base)/api/v1/cameras/oak/pipeline", put) == 200)
        _ = try await latest(daemon, "metaout", with: "objects")
        for _ in 0..<400 where try await camera(daemon).placements?["network"] != "accelerator" {
            _ = try await latest(daemon, "metaout", with: "objects")
        }
        #expect(try await camera(daemon).placements?["network"] == "accelerator")
        #expect(try await daemon.end() == 0)
        try await pretend.wait(untilItSays: "reset by the host")
        try await pretend.end()
    }

    @Test func videoIsEncodedInTheCamera() async throws {
        let sizes = ["cameras.0.oak.color_width=640", "cameras.0.oak.color_height=360"]
        try await withOAK(settings: sizes) { daemon, _ in
            let camera = try await wait(daemon) { $0.state == "running" }
            #expect(camera.placements?["video"] == "device")
            // A unit of the type "delimiter" and 250 zeros, with which every picture of it begins.
            let video = try await Command.get(
                "\(daemon.base)/api/v1/cameras/oak/streams/video/elementary", ["--max-time", "4"])
            #expect(video.data.starts(with: [0, 0, 0, 1, 9, 16]) && video.data.count > 256)
        }
    }

    @Test(arguments: [false, true])
    func aCameraThatWaitsForFirmwareIsBootedWithWhatTheOwnerImported(overHTTP: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("oak-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (image, taken) = (folder.appendingPathComponent("image.cmd"), folder.appendingPathComponent("taken"))
        // The shortest image there is, of no vendor: a label and the jump.
        let bytes = Array("MA2x".utf8) + [0xA8, 5, 0] + Array("a.elf".utf8) + [0xA4, 0, 0, 0, 0]
        try Data(bytes).write(to: image)
        let options = ["--bootloader", "--firmware", taken.path]
        try await withOAK(options, settings: ["state.directory=\(folder.path)/state"]) { daemon, _ in
            let waiting = try await wait(daemon) { $0.state == "refused" }
            #expect(waiting.why.contains("waits for firmware") && waiting.why.contains("pip download depthai=="))
            if overHTTP {
                let route = "\(daemon.base)/api/v1/firmware?force=true"
                #expect(try await Command.code(route, ["--data-binary", "@\(image.path)"]) == 201)
            } else {
                let imported = try await Command.depthd(
                    ["firmware", "import", image.path, "--force", "--set", "state.directory=\(folder.path)/state"])
                #expect(imported.status == 0)
            }
            _ = try await wait(daemon) { $0.state == "running" }
            // What goes before an image is as long for every image.
            #expect(try Data(contentsOf: taken).suffix(bytes.count) == Data(bytes))
            #expect(try Data(contentsOf: taken).count == 107 + bytes.count)
        }
    }

    @Test func aCameraThatIsNotThereIsNamedAndFoundWhenItComes() async throws {
        let arguments = ["cameras.0.id=oak", "cameras.0.source=oak", "cameras.0.oak.device=127.0.0.1"]
        try await withDaemon(arguments.flatMap { ["--set", $0] }) { daemon in
            let missing = try await wait(daemon) { $0.state == "lost" }
            #expect(missing.why.contains("127.0.0.1") && missing.why.contains("check its address, cable and power"))
            let camera = try await PretendOAK(["--fps", "20", "--sessions", "100"])
            _ = try await wait(daemon) { $0.state == "running" }
            try await camera.end()
            _ = try await wait(daemon) { $0.state == "lost" }
        }
    }

    /// What is wrong with single messages costs these messages.
    @Test(arguments: ["split", "stale", "marker", "nop-deep", "size-lie", "back", "flood"])
    func aCameraThatMisbehavesGoesOn(fault: String) async throws {
        try await withOAK(["--fault", fault]) { daemon, _ in
            _ = try await wait(daemon) { $0.state == "running" }
            _ = try await snapshot(daemon, "left", .gray8)
            #expect(try await camera(daemon).state == "running")
        }
    }

    /// What is wrong with the link ends the session with a sentence, and nothing else.
    @Test(arguments: [
        ("huge", "4294967280 bytes"), ("event", "event of type 77"), ("nack", "refused"),
    ])
    func aCameraThatLiesIsStartedAgain(fault: String, words: String) async throws {
        try await withOAK(["--fault", fault]) { daemon, _ in
            _ = try await wait(daemon) { $0.state == "lost" && $0.why.contains(words) }
        }
    }

    @Test func theDaemonEndsAtOnceWithACameraThatStreams() async throws {
        let camera = try await PretendOAK(["--fps", "20", "--sessions", "100"])
        let daemon = try await DaemonProcess(
            ["cameras.0.id=oak", "cameras.0.source=oak", "cameras.0.oak.device=127.0.0.1"].flatMap { ["--set", $0] })
        _ = try await wait(daemon) { $0.state == "running" }
        #expect(try await daemon.end() == 0)
        // It was told to restart.
        try await camera.wait(untilItSays: "reset by the host")
        try await camera.end()
    }
}
