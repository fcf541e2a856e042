// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import TestSupport
import Testing

/// H.264 and the fragmented MP4 around it, judged by ffprobe and ffmpeg.
struct VideoTests {
    private func frame(_ index: Int, width: Int, height: Int, format: PixelFormat, level: (Int, Int) -> UInt8) throws -> Frame {
        let header = FrameHeader(
            camera: try #require(CameraID("test")), instance: .color, sequence: index,
            captured: Timestamp(nanoseconds: Int64(index) * 33_333_333), width: width, height: height, format: format)
        let draft = FramePool.standalone(header)
        let channels = format == .bgr24 ? 3 : 1
        draft.withUnsafeMutableBytes { bytes in
            for y in 0..<height {
                for x in 0..<width { for channel in 0..<channels { bytes[(y * width + x) * channels + channel] = level(x, y) } }
            }
        }
        return draft.seal()
    }

    private func run(_ program: String, _ arguments: [String]) throws -> (output: Data, complaint: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
        process.arguments = arguments
        let complaints = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data().write(to: complaints)
        defer { try? FileManager.default.removeItem(at: complaints) }
        let out = Pipe()
        process.standardOutput = out
        process.standardError = try FileHandle(forWritingTo: complaints)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try out.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (data, try String(contentsOf: complaints, encoding: .utf8))
    }

    /// A video of 30 pictures in which a grey level wanders.
    private func video(width: Int, height: Int, format: PixelFormat, keyInterval: Int = 1) throws -> Data {
        let encoder = try OpenH264Encoder(
            VideoSettings(width: width, height: height, framesPerSecond: 30, bitsPerSecond: 2_000_000, keyInterval: keyInterval))
        var file = Data()
        var mp4: FragmentedMP4?
        for index in 0..<30 {
            let picture = try frame(index, width: width, height: height, format: format) { x, y in
                UInt8(truncatingIfNeeded: (x + y + index) % 200)
            }
            let units = try #require(try encoder.encode(picture))
            #expect(units.isKey == (index % keyInterval == 0))
            if mp4 == nil {
                mp4 = FragmentedMP4(width: width & ~1, height: height & ~1, units: units)
                file += try #require(mp4).head
            }
            file += try #require(mp4).fragment(units, number: UInt32(index + 1), time: UInt64(index) * 3000, duration: 3000)
        }
        return file
    }

    @Test(arguments: [(640, 400, PixelFormat.gray8, 1), (301, 299, .bgr24, 1), (64, 48, .gray8, 10)])
    func ffprobeFindsNoError(width: Int, height: Int, format: PixelFormat, keyInterval: Int) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).mp4")
        defer { try? FileManager.default.removeItem(at: path) }
        try video(width: width, height: height, format: format, keyInterval: keyInterval).write(to: path)
        let probe = try run(
            "ffprobe",
            [
                "-v", "warning", "-count_frames", "-show_entries",
                "stream=codec_name,width,height,nb_read_frames,color_range,r_frame_rate",
                "-of", "json", path.path,
            ])
        #expect(probe.complaint.isEmpty, "\(probe.complaint)")
        let object = try #require(try JSONSerialization.jsonObject(with: probe.output) as? [String: Any])
        let stream = try #require((object["streams"] as? [[String: Any]])?.first)
        #expect(stream["codec_name"] as? String == "h264" && stream["nb_read_frames"] as? String == "30")
        #expect(stream["width"] as? Int == width & ~1 && stream["height"] as? Int == height & ~1)
        #expect(stream["color_range"] as? String == "pc" && stream["r_frame_rate"] as? String == "30/1")
    }

    @Test func greyLevelsComeBackAsTheyWere() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).mp4")
        defer { try? FileManager.default.removeItem(at: path) }
        try video(width: 320, height: 240, format: .gray8).write(to: path)
        let decoded = try run("ffmpeg", ["-nostdin", "-v", "error", "-i", path.path, "-f", "rawvideo", "-pix_fmt", "gray", "-"])
        #expect(decoded.complaint.isEmpty && decoded.output.count == 30 * 320 * 240)
        let last = Array(decoded.output.suffix(320 * 240))
        var error = 0
        for y in 0..<240 { for x in 0..<320 { error += abs(Int(last[y * 320 + x]) - (x + y + 29) % 200) } }
        #expect(Double(error) / Double(320 * 240) < 8)
    }

    @Test func unitsAreFoundBehindBothKindsOfStartCodes() {
        let units = VideoUnits(bytes: [0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 1, 0x68, 9, 0, 0, 0, 1, 0x65, 7], isKey: true)
        #expect(units.units == [4..<8, 11..<13, 17..<19])
        #expect(units.unit(ofType: 7) == [0x67, 1, 2, 3] && units.unit(ofType: 8) == [0x68, 9])
        #expect(units.unit(ofType: 1) == nil)
        #expect(VideoUnits(bytes: [], isKey: false).units.isEmpty)
        #expect(FragmentedMP4(width: 64, height: 64, units: VideoUnits(bytes: [0, 0, 1, 0x65], isKey: true)) == nil)
    }

    @Test func sizesAnEncoderCannotTakeAreRefused() {
        for (width, height) in [(8, 8), (5000, 100), (0, 0)] {
            #expect(throws: CodecError.self) {
                try OpenH264Encoder(VideoSettings(width: width, height: height, framesPerSecond: 30, bitsPerSecond: 1000))
            }
        }
    }
}

/// The hub's picture files, read back by other people's decoders.
struct StillFormatTests {
    @Test(arguments: StillFormat.allCases, [PixelFormat.gray8, .bgr24])
    func everyFormatIsReadByFFmpeg(still: StillFormat, format: PixelFormat) throws {
        let (width, height) = (35, 20)
        let header = FrameHeader(
            camera: try #require(CameraID("test")), instance: .color, sequence: 1, captured: .now(), width: width, height: height,
            format: format)
        let draft = FramePool.standalone(header)
        // Blue on the left, red on the right; grey: dark and light.
        draft.withUnsafeMutableBytes { bytes in
            for index in 0..<width * height {
                let isLeft = index % width < width / 2
                if format == .gray8 {
                    bytes[index] = isLeft ? 40 : 200
                } else {
                    (bytes[index * 3], bytes[index * 3 + 1], bytes[index * 3 + 2]) = isLeft ? (200, 40, 40) : (40, 40, 200)
                }
            }
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(still.rawValue)")
        defer { try? FileManager.default.removeItem(at: path) }
        try Data(try still.encode(draft.seal())).write(to: path)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ffmpeg")
        process.arguments = ["-nostdin", "-v", "error", "-i", path.path, "-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
        let out = Pipe()
        process.standardOutput = out
        try process.run()
        let pixels = Array(try out.fileHandleForReading.readToEnd() ?? Data())
        process.waitUntilExit()
        try #require(pixels.count == width * height * 3)
        let (left, right) = (
            pixels[(10 * width + 4) * 3..<(10 * width + 4) * 3 + 3], pixels[(10 * width + 30) * 3..<(10 * width + 30) * 3 + 3]
        )
        func near(_ values: ArraySlice<UInt8>, _ expected: [Int]) -> Bool {
            zip(values, expected).allSatisfy { abs(Int($0) - $1) < 14 }
        }
        #expect(near(left, format == .gray8 ? [40, 40, 40] : [200, 40, 40]))
        #expect(near(right, format == .gray8 ? [200, 200, 200] : [40, 40, 200]))
    }

    @Test func anotherSizeIsTheSamePicture() throws {
        let header = FrameHeader(
            camera: try #require(CameraID("test")), instance: .color, sequence: 1, captured: .now(), width: 40, height: 20,
            format: .gray8)
        let draft = FramePool.standalone(header)
        draft.withUnsafeMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8(index % 40 * 4) } }
        let scaled = PictureScaler.scaled(draft.seal(), width: 80, height: 30)
        #expect(scaled.header.width == 80 && scaled.header.height == 30)
        scaled.withUnsafeBytes { bytes in
            for x in 2..<78 { #expect(abs(Int(bytes[15 * 80 + x]) - x * 2) <= 2) }
        }
    }
}
