// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Controls and the `video` stream of the real program's demo camera.
@Suite(.enabled(if: SharedData.isRequired))
struct HubVideoTests {
    private func control(_ daemon: DaemonProcess, _ stream: String, _ body: String) async throws -> [String: Any] {
        try await Command.json("\(daemon.base)/cameras/DEMO/streams/\(stream)/control", ["--json", body])
    }

    private func pipeline(_ daemon: DaemonProcess, _ json: String) async throws -> Int {
        try await Command.code("\(daemon.base)/api/v1/cameras/demo/pipeline", ["-X", "PUT", "--data", json])
    }

    /// The bytes `video` gives in a few seconds.
    private func video(_ daemon: DaemonProcess, seconds: Int = 4) async throws -> Data {
        try await Command.get(
            "\(daemon.base)/api/v1/cameras/demo/streams/video/elementary", ["--max-time", "\(seconds)"]
        ).data
    }

    /// What ffprobe says of a byte stream.
    private func probe(_ bytes: Data, as format: String) async throws -> [String: Any] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("video-\(UUID().uuidString)")
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let answer = try await Command(
            "/usr/bin/ffprobe",
            [
                "-v", "error", "-f", format, "-count_frames", "-show_entries", "stream=codec_name,profile,width,nb_read_frames",
                "-show_entries", "frame=key_frame", "-of", "json", file.path,
            ])
        #expect(answer.complaint.isEmpty, "\(answer.complaint.prefix(500))")
        return (try JSONSerialization.jsonObject(with: answer.data)) as? [String: Any] ?? [:]
    }

    private func meanLevel(_ daemon: DaemonProcess) async throws -> Double {
        let picture = try await Command.get("\(daemon.base)/cameras/DEMO/streams/CAM_B/still?format=bmp").data
        let pixels = picture.dropFirst(1078)
        return Double(pixels.reduce(0) { $0 + Int($1) }) / Double(max(1, pixels.count))
    }

    @Test func aControlIsSeenInThePictures() async throws {
        try await withDaemon { daemon in
            try await daemon.wait(untilLogSays: "camera runs")
            let first = try await Command.json("\(daemon.base)/cameras/DEMO/streams/CAM_B/control")
            #expect(first["auto_exposure_enable"] as? Bool == true && first["focus"] is NSNull)
            let before = try await meanLevel(daemon)
            let told = try await control(
                daemon, "CAM_B", #"{"auto_exposure_enable": false, "exposure_time": 2000, "sensitivity_iso": 400}"#)
            #expect(told["exposure_time"] as? Int == 2000 && told["auto_exposure_enable"] as? Bool == false)
            // The picture after the next is the first that is drawn so.
            for _ in 0..<3 { _ = try await meanLevel(daemon) }
            let after = try await meanLevel(daemon)
            #expect(abs(after - before / 4) < before / 40, "\(before) \(after)")
            #expect(try await control(daemon, "CAM_B", #"{"brightness": 5}"#)["exposure_time"] as? Int == 2000)
            // The other lens was told nothing.
            #expect(try await control(daemon, "CAM_C", "{}")["exposure_time"] as? Int == 1)
        }
    }

    @Test func gen1sVideoIsMadeAsItsConfigurationSays() async throws {
        try await withDaemon { daemon in
            try await daemon.wait(untilLogSays: "camera runs")
            let plain = try await probe(try await video(daemon), as: "h264")
            let stream = try #require((plain["streams"] as? [[String: Any]])?.first)
            #expect(stream["codec_name"] as? String == "h264" && (stream["profile"] as? String)?.contains("Baseline") == true)
            let frames = plain["frames"] as? [[String: Any]] ?? []
            #expect(frames.count > 10 && frames.allSatisfy { $0["key_frame"] as? Int == 1 })

            let high =
                #"{"streams": ["video", "color"], "video_config": {"profile": "h264_high", "keyframeFrequency": 10, "bitrate": 1000000}}"#
            #expect(try await pipeline(daemon, high) == 200)
            async let watched = video(daemon)
            // The hub's video is the same: one encoder, here seen by its profile in the head.
            let socket = try await HubSocket(daemon.base, "/cameras/DEMO/streams/CAM_A/video")
            let head = try await socket.next()
            let configuration = try #require(head.firstRange(of: Array("avcC".utf8)))
            #expect(head[configuration.upperBound + 1] == 100)
            for _ in 0..<15 { #expect(try await socket.next()[4..<8].elementsEqual("moof".utf8)) }
            let high2 = try await probe(try await watched, as: "h264")
            #expect((high2["streams"] as? [[String: Any]])?.first?["profile"] as? String == "High")
            let keys = (high2["frames"] as? [[String: Any]] ?? []).map { $0["key_frame"] as? Int == 1 }
            #expect(keys.first == true && keys.count > 15 && keys.count(where: { $0 }) < keys.count / 2)

            #expect(
                try await pipeline(daemon, #"{"streams": ["video"], "video_config": {"profile": "mjpeg", "quality": 30}}"#) == 200
            )
            #expect(try await video(daemon, seconds: 2).starts(with: [0xFF, 0xD8, 0xFF]))
            let refused = try await Command.get(
                "\(daemon.base)/api/v1/cameras/demo/pipeline",
                ["-X", "PUT", "--data", #"{"streams": ["video"], "video_config": {"profile": "h265_main"}}"#])
            #expect(refused.output.contains("video_config.profile") && refused.output.contains("h264_high"))
        }
    }
}
