// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import TestSupport
import Testing

/// `depthd stereo`, the program itself on picture files.
struct StereoCommandTests {
    private static let (width, height) = (320, 150)

    /// A pair whose left picture is the right one moved right by `disparity` pixels, as PNG files in a new folder.
    private static func pair(disparity: Int) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stereo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var dice = SeededRandom(1)
        let right = dice.bytes(width * height), filler = dice.bytes(width * height)
        let left = (0..<width * height).map { $0 % width >= disparity ? right[$0 - disparity] : filler[$0] }
        try Data(try PNGEncoder.encode(frame(left))).write(to: folder.appendingPathComponent("left.png"))
        try Data(try PNGEncoder.encode(frame(right))).write(to: folder.appendingPathComponent("right.png"))
        return folder
    }

    private static func frame(_ pixels: [UInt8]) -> Frame {
        let draft = FramePool.standalone(header(.gray8))
        draft.withUnsafeMutableBytes { $0.copyBytes(from: pixels) }
        return draft.seal()
    }

    private static func header(_ format: PixelFormat) -> FrameHeader {
        FrameHeader(
            camera: CameraID("test")!, instance: .right, sequence: 0, captured: Timestamp(nanoseconds: 0), width: width,
            height: height, format: format)
    }

    private static func map(_ url: URL) throws -> [UInt16] {
        let bytes = Array(try Data(contentsOf: url))
        return try ImageDecoder().decode(bytes, as: .disparity16, header: header(.disparity16)).withUnsafeUInt16 { Array($0) }
    }

    private static func run(_ folder: URL, _ more: [String]) async throws -> Command {
        let files = ["left.png", "right.png"].map { folder.appendingPathComponent($0).path }
        return try await Command.depthd(["stereo"] + files + ["--output", folder.appendingPathComponent("map.png").path] + more)
    }

    @Test func theLeftPicturesDisparityIsWrittenInSixteenths() async throws {
        let folder = try Self.pair(disparity: 20)
        defer { try? FileManager.default.removeItem(at: folder) }
        let command = try await Self.run(folder, ["--repeat", "3"])
        #expect(command.status == 0, "\(command.complaint)")
        #expect(command.output.contains("320x150") && command.output.contains("96 disparities, 5x5"), "\(command.output)")
        #expect(command.output.contains("CPU ms min") && command.output.contains("runs 3"), "\(command.output)")
        let map = try Self.map(folder.appendingPathComponent("map.png"))
        // Left pixel x shows what right pixel x - 20 shows; its first 20 columns have no match.
        for y in 5..<Self.height - 5 {
            for x in 25..<Self.width - 5 { #expect((map[y * Self.width + x] + 8) / 16 == 20, "at \(x), \(y)") }
        }
        let beyond = map.indices.filter { $0 % Self.width < 18 && map[$0] != 0 }
        #expect(beyond.count * 100 < 18 * Self.height * 5, "\(beyond.count) filled")
    }

    @Test func theRightPicturesDisparityIsWrittenWhenAskedFor() async throws {
        let folder = try Self.pair(disparity: 20)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try await Self.run(folder, ["--reference", "right", "--subpixel-bits", "5"]).status == 0)
        let map = try Self.map(folder.appendingPathComponent("map.png"))
        for y in 5..<Self.height - 5 {
            for x in 5..<Self.width - 25 { #expect((map[y * Self.width + x] + 8) / 16 == 20, "at \(x), \(y)") }
        }
    }

    @Test func threadsAndBuildsChangeNoByte() async throws {
        let folder = try Self.pair(disparity: 33)
        defer { try? FileManager.default.removeItem(at: folder) }
        let options = ["--kernel", "9x7", "--prefilter", "--paths", "5", "--extended", "--no-uniqueness", "--median", "3"]
        var files: Set<Data> = []
        for more in [["--threads", "1"], ["--threads", "2"], ["--threads", "3"], ["--threads", "4"], ["--build", "plain"]] {
            let command = try await Self.run(folder, options + more)
            #expect(command.status == 0, "\(command.complaint)")
            files.insert(try Data(contentsOf: folder.appendingPathComponent("map.png")))
        }
        #expect(files.count == 1)
    }

    @Test(arguments: [
        (["--disparities", "80"], "use 64, 96, 128 or 192"), (["--kernel", "3x3"], "kernel"), (["--threads", "5"], "1...4"),
        (["--repeat", "0"], "--repeat"), (["--uniqueness", "101"], "0...100"), (["--subpixel-bits", "6"], "0, 3, 4 or 5"),
    ])
    func whatCannotBeIsRefusedAsUsage(_ options: [String], _ reason: String) async throws {
        let folder = try Self.pair(disparity: 5)
        defer { try? FileManager.default.removeItem(at: folder) }
        let command = try await Self.run(folder, options)
        #expect(command.status == 2)
        #expect(command.complaint.contains(reason), "\(command.complaint)")
    }

    @Test func filesThatAreNoPicturesAndPicturesThatDoNotFitAreNamed() async throws {
        let folder = try Self.pair(disparity: 5)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("no picture".utf8).write(to: folder.appendingPathComponent("left.png"))
        let spoiled = try await Self.run(folder, [])
        #expect(spoiled.status == 1 && spoiled.complaint.contains("left.png"), "\(spoiled.complaint)")
        try FileManager.default.removeItem(at: folder.appendingPathComponent("left.png"))
        let missing = try await Self.run(folder, [])
        #expect(missing.status == 1 && missing.complaint.contains("left.png"), "\(missing.complaint)")
        let small = FramePool.standalone(Self.header(.gray8).reshaped(width: 64, height: 16, format: .gray8)).seal()
        try Data(try PNGEncoder.encode(small)).write(to: folder.appendingPathComponent("left.png"))
        let other = try await Self.run(folder, [])
        #expect(other.status == 1 && other.complaint.contains("64x16"), "\(other.complaint)")
    }
}
