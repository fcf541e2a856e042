// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// The camera hub's API of the real program: real blobs on a replayed recording.
@Suite(.serialized, .enabled(if: SharedData.isRequired))
struct HubTests {
    private static let face = SharedData.url("blobs/real_face_detection_retail_0004_v2022_1/model.blob").path
    private static let person = SharedData.url("depthai/blobs-gen1/person-detection-retail-0013-42524bf.blob").path
    private static let digits = SharedData.url("blobs/net_lenet/model.blob").path
    private static let yolo = SharedData.url("blobs/net_tiny_yolo_v2/model.blob").path
    private static let detector = #"{"type":"MobileNet","nn_config":{"confidence_threshold":0.0}}"#
    private static let generic = #"{"type":"Generic"}"#
    private static let grid =
        #"{"type":"YOLO","nn_config":{"num_classes":20,"coordinate_size":4,"anchors":[1,1,2,2,3,3,4,4,5,5],"confidence_threshold":0.0}}"#

    /// A folder with pairs and colour pictures of noise, and its calibration.
    private func recording() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString)")
        var random = SeededRandom(7)
        for (name, kind, channels) in [("left", "P5", 1), ("right", "P5", 1), ("color", "P6", 3)] {
            let place = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            let end = channels == 1 ? "pgm" : "ppm"
            for index in 0..<4 {
                let bytes = Array("\(kind)\n320 200\n255\n".utf8) + random.bytes(320 * 200 * channels)
                try Data(bytes).write(to: place.appendingPathComponent("000\(index).\(end)"))
            }
        }
        let camera = "{width: 320, height: 200, fx: 220, fy: 220, cx: 159.5, cy: 99.5}"
        let identity = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]"
        try Data(
            """
            depthd_calibration: 1
            left: \(camera)
            right: \(camera)
            rotation: \(identity)
            translation_mm: [-75, 0, 0]
            rectification: {left: \(identity), right: \(identity)}
            """.utf8
        ).write(to: folder.appendingPathComponent("calibration.yml"))
        return folder
    }

    private func settings(_ folder: URL) -> [String] {
        [
            "cameras.0.id=rec", "cameras.0.source=replay", "cameras.0.replay.folder=\(folder.path)", "cameras.0.replay.fps=10",
            "state.directory=\(folder.path)/state",
        ].flatMap { ["--set", $0] }
    }

    private func deploy(_ daemon: DaemonProcess, _ stream: String, _ model: String, _ configuration: String) async throws -> Int {
        try await Command.code(
            "\(daemon.base)/cameras/REC/streams/\(stream)/nn",
            ["--form", "model=@\(model)", "--form-string", "nn_config=\(configuration)", "--max-time", "120"])
    }

    private func type(_ daemon: DaemonProcess, _ stream: String = "CAM_A") async throws -> String? {
        try await Command.json("\(daemon.base)/cameras/REC/streams/\(stream)/nn")["type"] as? String
    }

    private func ready(_ daemon: DaemonProcess) async throws {
        try await daemon.wait(untilLogSays: "camera runs")
    }

    @Test func networksAreDeployedUsedReplacedDeletedAndFoundAgain() async throws {
        let folder = try recording()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            for model in [Self.face, Self.person] {
                #expect(try await deploy(daemon, "CAM_A", model, Self.detector) == 201)
                let results = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_A/nn")
                let first = try #require(try await results.detections().first as? [String: Any])
                #expect(Set(first.keys) == ["label", "confidence", "coords"])
                #expect((first["coords"] as? [Double])?.allSatisfy { (0...1).contains($0) } == true)
            }
            #expect(try await deploy(daemon, "CAM_B", Self.digits, Self.generic) == 201)
            let digits = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_B/nn")
            #expect(try await digits.detections().count == 10)
            // What is refused leaves what runs running.
            #expect(try await deploy(daemon, "CAM_B", Self.digits, Self.detector) == 422)
            #expect(try await digits.detections().count == 10)
            #expect(try await type(daemon, "CAM_B") == "Generic")
        }
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            #expect(try await type(daemon) == "MobileNet")
            #expect(try await type(daemon, "CAM_B") == "Generic")
            let digits = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_B/nn")
            #expect(try await digits.detections().count == 10)
            for stream in ["CAM_A", "CAM_B"] {
                #expect(try await Command.code("\(daemon.base)/cameras/REC/streams/\(stream)/nn", ["-X", "DELETE"]) == 202)
                #expect(try await type(daemon, stream) == nil)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state/networks")
            #expect(left.isEmpty)
        }
    }

    @Test func whileANetworkIsDeployedNoOtherStreamMissesAPicture() async throws {
        let folder = try recording()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            let streams = "\(daemon.base)/api/v1/cameras/rec/streams"
            async let left = Command.get("\(streams)/left/mjpeg", ["--max-time", "20"])
            for model in [Self.face, Self.person, Self.face] {
                #expect(try await deploy(daemon, "CAM_A", model, Self.detector) == 201)
            }
            #expect(try await deploy(daemon, "CAM_A", Self.digits, Self.detector) == 422)
            let text = String(decoding: try await left.data, as: Unicode.ASCII.self)
            let sequences = text.components(separatedBy: "X-Sequence: ").dropFirst().compactMap { part in
                Int(part.prefix { $0.isNumber })
            }
            #expect(sequences.count > 100)
            let gaps = zip(sequences, sequences.dropFirst()).filter { $1 != $0 + 1 }
            #expect(gaps.isEmpty, "\(gaps)")
        }
    }

    @Test func killedWhileDeployingItHasTheOldNetworkOrTheNewOne() async throws {
        let folder = try recording()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            #expect(try await deploy(daemon, "CAM_B", Self.digits, Self.generic) == 201)
        }
        var met: Set<String> = []
        for step in 0..<6 {
            let daemon = try await DaemonProcess(settings(folder))
            try await ready(daemon)
            let base = daemon.base
            let model = step.isMultiple(of: 2) ? Self.face : Self.digits
            let configuration = step.isMultiple(of: 2) ? Self.detector : Self.generic
            async let answer = Command.code(
                "\(base)/cameras/REC/streams/CAM_B/nn",
                ["--form", "model=@\(model)", "--form-string", "nn_config=\(configuration)"])
            for _ in 0..<(step * 6) { _ = try await Command.code("\(base)/healthz") }
            daemon.signal(SIGKILL)
            _ = try? await answer
            _ = try? await daemon.end()
            try await withDaemon(settings(folder)) { daemon in
                try await ready(daemon)
                let found = try #require(try await type(daemon, "CAM_B"))
                met.insert(found)
                let count = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_B/nn").detections().count
                #expect(found == "Generic" ? count == 10 : count != 10 || count == 0)
            }
        }
        #expect(met.isSubset(of: ["Generic", "MobileNet"]))
    }

    @Test func aNetworkThatFindsNoPictureLeavesTheOneBeforeAndItsModel() async throws {
        let folder = try recording()
        defer { try? FileManager.default.removeItem(at: folder) }
        let models = folder.path + "/state/networks"
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            #expect(try await deploy(daemon, "CAM_B", Self.digits, Self.generic) == 201)
        }
        let before = try FileManager.default.contentsOfDirectory(atPath: models)
        // The second picture comes an hour after the first.
        let times = folder.appendingPathComponent("timestamps.txt")
        try Data("0\n3600\n7200\n10800\n".utf8).write(to: times)
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            #expect(try await deploy(daemon, "CAM_B", Self.face, Self.detector) == 503)
            #expect(try await type(daemon, "CAM_B") == "Generic")
        }
        try FileManager.default.removeItem(at: times)
        #expect(try FileManager.default.contentsOfDirectory(atPath: models) == before && before.count == 1)
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            let digits = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_B/nn")
            #expect(try await digits.detections().count == 10)
        }
    }

    @Test func twoDeploymentsToOneStreamComeInTurnAndThoseToTwoStreamsSideBySide() async throws {
        let folder = try recording()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            async let one = deploy(daemon, "CAM_B", Self.digits, Self.generic)
            async let two = deploy(daemon, "CAM_B", Self.face, Self.detector)
            async let three = deploy(daemon, "CAM_C", Self.yolo, Self.generic)
            let codes = try await [one, two, three]
            #expect(codes == [201, 201, 201])
            let last = try #require(try await type(daemon, "CAM_B"))
            #expect(["Generic", "MobileNet"].contains(last))
            #expect(try await type(daemon, "CAM_C") == "Generic")
            let zeros = folder.appendingPathComponent("zeros").path
            #expect(FileManager.default.createFile(atPath: zeros, contents: nil))
            truncate(zeros, 200_000_000)
            let started = Date()
            #expect(try await deploy(daemon, "CAM_C", zeros, Self.generic) == 413)
            #expect(Date().timeIntervalSince(started) < 15)
        }
    }

    @Test func withDepthResultsAreSpatialAndVideoShowsWhatTheNetworkSees() async throws {
        let folder = try recording()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(settings(folder)) { daemon in
            try await ready(daemon)
            #expect(try await deploy(daemon, "CAM_A", Self.face, Self.detector) == 201)
            let video = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_A/video")
            let head = try await video.next()
            #expect(head[4..<8].elementsEqual("ftyp".utf8))
            // The network's 300 × 300, in the description of the samples.
            #expect(head.firstRange(of: [1, 44, 1, 44]) != nil)
            #expect(try await video.next()[4..<8].elementsEqual("moof".utf8))
            #expect(try await Command.code("\(daemon.base)/cameras/REC/streams/DEPTH_B_C", ["-X", "POST"]) == 201)
            #expect(try await Command.code("\(daemon.base)/cameras/REC/streams/CAM_B/still") == 404)
            #expect(try await Command.code("\(daemon.base)/cameras/REC/streams/DEPTH_B_C/still?format=png") == 200)
        }
    }
}
