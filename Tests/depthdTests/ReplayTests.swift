// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import TestSupport
import Testing

/// Recordings through the whole daemon: what is in them comes out measured.
@Suite(.serialized)
struct ReplayTests {
    private static let (width, height, shift) = (640, 400, 20)

    /// A folder with pairs whose right picture is the left one moved by `shift` pixels, and its calibration.
    private func recording(pairs: Int, damaged: Int? = nil) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("recording-\(UUID().uuidString)")
        for side in ["left", "right"] {
            try FileManager.default.createDirectory(at: folder.appendingPathComponent(side), withIntermediateDirectories: true)
        }
        var random = SeededRandom(1)
        let (width, height) = (Self.width, Self.height)
        // Blots of 2×2 pixels: texture that survives nothing and confuses nobody.
        let noise = (0..<(width + Self.shift) * height / 2).map { _ in UInt8.random(in: 40...220, using: &random) }
        func picture(from offset: Int) -> Data {
            var bytes = Array("P5\n\(width) \(height)\n255\n".utf8)
            for y in 0..<height { for x in 0..<width { bytes.append(noise[(y / 2) * (width + Self.shift) + (x + offset) / 2]) } }
            return Data(bytes)
        }
        for index in 0..<pairs {
            let name = String(format: "%04d.pgm", index)
            let left = index == damaged ? Data("P5\n640".utf8) : picture(from: 0)
            try left.write(to: folder.appendingPathComponent("left/\(name)"))
            try picture(from: Self.shift).write(to: folder.appendingPathComponent("right/\(name)"))
        }
        let camera = "{width: 640, height: 400, fx: 441.66, fy: 441.66, cx: 319.5, cy: 199.5}"
        let identity = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]"
        let calibration = """
            depthd_calibration: 1
            left: \(camera)
            right: \(camera)
            rotation: \(identity)
            translation_mm: [-75, 0, 0]
            rectification: {left: \(identity), right: \(identity)}
            """
        try Data(calibration.utf8).write(to: folder.appendingPathComponent("calibration.yml"))
        return folder
    }

    private func settings(_ folder: URL) -> [String] {
        ["--set", "cameras.0.id=rec", "--set", "cameras.0.source=replay", "--set", "cameras.0.replay.folder=\(folder.path)"]
    }

    @Test func aKnownShiftIsTheKnownDistance() async throws {
        let folder = try recording(pairs: 2)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(settings(folder)) { daemon in
            let known = try await distances(daemon)
            // z = f·B/d = 441.66 px · 75 mm / 20 px.
            let expected = 441.66 * 75 / Double(Self.shift)
            #expect(Double(known.count) > 0.9 * Double(Self.width * Self.height))
            #expect(abs(known[known.count / 2] - expected) < 0.005 * expected)
            // Hard-edged noise has no sub-pixel truth: every match must be the right pixel.
            let halfPixel = expected * 0.5 / Double(Self.shift)
            #expect(Double(known.count { abs($0 - expected) <= halfPixel + 1 }) > 0.99 * Double(known.count))
        }
    }

    /// The known millimetres of the newest depth picture, in order.
    private func distances(_ daemon: DaemonProcess) async throws -> [Double] {
        let answer = try await Command.get("\(daemon.base)/api/v1/cameras/rec/streams/depth/snapshot.png")
        let header = FrameHeader(
            camera: try #require(CameraID("rec")), instance: .right, sequence: 0, captured: .now(), width: Self.width,
            height: Self.height, format: .depth16)
        let depth = try ImageDecoder().decode(Array(answer.data), as: .depth16, header: header, pool: nil)
        return depth.withUnsafeUInt16 { $0.filter { $0 != Depth.unknown }.map(Double.init).sorted() }
    }

    @Test func matchingChangesBetweenFramesWithoutANewGraph() async throws {
        let folder = try recording(pairs: 2)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(settings(folder)) { daemon in
            #expect(Set(try await distances(daemon)).count > 10)
            let camera = "\(daemon.base)/api/v1/cameras/rec"
            func matched() async throws -> Int {
                let stages = try await Command.json(camera)["stages"] as? [[String: Any]] ?? []
                let stereo = stages.first { $0["name"] as? String == "stereo" }
                let figures = try #require(stereo?["figures"] as? [String: Any])
                return try #require(figures["count"] as? Int)
            }
            let before = try await matched()
            let body = #"{"depth": {"subpixel": false, "disparities": 64, "kernel": "7x7"}}"#
            #expect(try await Command.code("\(camera)/pipeline", ["-X", "PUT", "--data-binary", body]) == 200)
            // Whole pixels: multiples of f·B only, from the first pair that was matched after the change.
            var found: Set<Double> = []
            for _ in 0..<50 {
                found = Set(try await distances(daemon))
                if found.isSubset(of: (1...64).map { (441.66 * 75 / Double($0)).rounded(.down) }) { break }
            }
            #expect(found.isSubset(of: (1...64).map { (441.66 * 75 / Double($0)).rounded(.down) }))
            #expect(try await matched() > before, "a new graph begins to count anew")
        }
    }

    @Test func aDamagedPictureIsCountedAndTheRestGoesOn() async throws {
        let folder = try recording(pairs: 3, damaged: 1)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withDaemon(settings(folder) + ["--set", "cameras.0.replay.pace=full"]) { daemon in
            var counters: [String: Any] = [:]
            for _ in 0..<200 where (counters["decode_dropped"] as? Int ?? 0) < 3 {
                counters = try await Command.json("\(daemon.base)/api/v1/cameras/rec")["counters"] as? [String: Any] ?? [:]
            }
            #expect((counters["decode_dropped"] as? Int ?? 0) >= 3)
            #expect(try await Command.code("\(daemon.base)/api/v1/cameras/rec/streams/depth/snapshot.png") == 200)
        }
    }

    @Test func withoutCalibrationThereAreOnlyPictures() async throws {
        let folder = try recording(pairs: 2)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.removeItem(at: folder.appendingPathComponent("calibration.yml"))
        try await withDaemon(settings(folder)) { daemon async throws in
            #expect(try await Command.code("\(daemon.base)/api/v1/cameras/rec/streams/left/snapshot.jpg") == 200)
            #expect(try await Command.code("\(daemon.base)/api/v1/cameras/rec/streams/depth/snapshot.png") == 409)
        }
        try Data("depthd_calibration: 1\nleft: {width: 0}\n".utf8).write(to: folder.appendingPathComponent("calibration.yml"))
        try await withDaemon(settings(folder)) { daemon in
            try await daemon.wait(untilLogSays: "calibration.yml")
            let status = try await Command.json("\(daemon.base)/api/v1/cameras/rec")
            #expect(status["state"] as? String == "refused")
            #expect("\(status["why"] ?? "")".contains("left"))
        }
    }

    @Test func aClipThroughFFmpegIsACamera() async throws {
        let clip = FileManager.default.temporaryDirectory.appendingPathComponent("clip-\(UUID().uuidString).mkv")
        defer { try? FileManager.default.removeItem(at: clip) }
        let made = try await Command(
            "/usr/bin/ffmpeg",
            ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=10:duration=3", clip.path])
        #expect(made.status == 0)
        let settings = [
            "--set", "cameras.0.id=clip", "--set", "cameras.0.source=media", "--set", "cameras.0.media.color=\(clip.path)",
        ]
        try await withDaemon(settings) { daemon in
            let snapshot = try await Command.get("\(daemon.base)/api/v1/cameras/clip/streams/color/snapshot.png")
            #expect(snapshot.data.starts(with: [0x89, 0x50, 0x4E, 0x47]), "\(snapshot.output.prefix(200))")
        }
    }
}
