// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// `depthd calibrate` as a person uses it: the real program, real boards, the written file in a running daemon.
@Suite(.serialized) struct CalibrateCommandTests {
    private func temporary() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("calibrate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Each of the ten shared pairs so many times over, as a recording.
    private func recording(in folder: URL, repeats: Int) throws {
        for (side, letter) in [("left", "L"), ("right", "R")] {
            let target = folder.appendingPathComponent(side)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            for index in 0..<10 * repeats {
                try FileManager.default.createSymbolicLink(
                    at: target.appendingPathComponent(String(format: "%03d.png", index)),
                    withDestinationURL: SharedData.url("stereo/chessboard/chessboard\(index / repeats)\(letter).png"))
            }
        }
    }

    private func number(before word: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.contains(word) }?.components(separatedBy: word).first?
            .split(separator: " ").last.flatMap { Double($0) }
    }

    @Test(.enabled(if: SharedData.isRequired)) func aFolderBecomesACalibrationThatTheDaemonLivesWith() async throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("calibration.yml").path
        let report = folder.appendingPathComponent("report").path
        let run = try await Command.depthd([
            "calibrate", SharedData.url("stereo/chessboard").path, "--board", "9x6", "--square-mm", "25", "--output", file,
            "--report", report,
        ])
        #expect(run.status == 0, "\(run.complaint)")
        #expect(run.output.contains("10 pairs used, 0 left out"))
        #expect((number(before: " px on average", in: run.output) ?? 1) <= 0.18, "\(run.output)")
        #expect((number(before: " px at 95 %", in: run.output) ?? 1) <= 0.40, "\(run.output)")
        let picture = try Data(contentsOf: URL(fileURLWithPath: report).appendingPathComponent("worst.png"))
        #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))

        try recording(in: folder, repeats: 1)
        let settings = [
            "--set", "cameras.0.id=rig", "--set", "cameras.0.source=replay", "--set", "cameras.0.replay.folder=\(folder.path)",
            "--set", "cameras.0.replay.fps=5",
        ]
        try await withDaemon(settings) { daemon in
            let stream = "\(daemon.base)/api/v1/cameras/rig/streams/depth/snapshot.png"
            for _ in 0..<5 { #expect(try await Command.code(stream) == 200) }
            // A board that repeats itself may give no figure, but never a false one.
            let status = try await Command.json("\(daemon.base)/api/v1/cameras/rig")
            #expect((status["vertical_misalignment_px"] as? Double ?? 0) < 0.5)
            #expect("\(status["why"] ?? "")".contains("recalibrate") == false)
        }
    }

    @Test(.enabled(if: SharedData.isRequired)) func aLiveCameraIsCalibratedWhileTheBoardIsShown() async throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        try recording(in: folder, repeats: 8)
        let settings = [
            "--set", "cameras.0.id=rig", "--set", "cameras.0.source=replay", "--set", "cameras.0.replay.folder=\(folder.path)",
            "--set", "cameras.0.replay.fps=8",
        ]
        try await withDaemon(settings) { daemon in
            let file = folder.appendingPathComponent("live.yml").path
            let run = try await Command.depthd([
                "calibrate", "--url", daemon.base, "--camera", "rig", "--board", "9x6", "--square-mm", "25", "--pairs", "5",
                "--output", file, "--report", folder.appendingPathComponent("kept").path,
            ])
            #expect(run.status == 0, "\(run.output)\(run.complaint)")
            #expect(run.output.contains("pair 5 of 5 taken"))
            #expect(run.output.contains("move the board to the") || run.output.contains("tilt the board"))
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("depthd_calibration: 1"))
            #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("kept/right/05.png").path))
            let wrong = try await Command.depthd(["calibrate", "--url", daemon.base, "--camera", "nobody", "--square-mm", "25"])
            #expect(wrong.status == 1 && wrong.complaint.contains("nobody"))
        }
    }

    @Test func whatCannotBeIsRefusedWithWhatToDo() async throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("never.yml").path
        func run(_ arguments: [String]) async throws -> Command {
            try await Command.depthd(["calibrate"] + arguments + ["--output", file])
        }
        let empty = try await run([folder.path, "--square-mm", "25"])
        #expect(empty.status == 1 && empty.complaint.contains("contains no pairs"))
        for (arguments, words) in [
            ([folder.path], "square-mm"), (["--square-mm", "25"], "--url"),
            ([folder.path, "--square-mm", "25", "--board", "9"], "--board"),
            ([folder.path, "--square-mm", "0"], "squares of 0"),
            ([folder.path, "--square-mm", "25", "--lens", "fisheye"], "--lens"),
            ([folder.path, "--square-mm", "25", "--board", "1x9"], "1x9"),
        ] {
            let answer = try await run(arguments)
            #expect(answer.status == 2 || answer.status == 64, "\(arguments): \(answer.status)")
            #expect(answer.complaint.contains(words), "\(answer.complaint)")
        }
        let grey = Data("P5\n320 240\n255\n".utf8) + Data(repeating: 90, count: 320 * 240)
        for name in ["left01.pgm", "right01.pgm", "left02.pgm", "right02.pgm"] {
            try grey.write(to: folder.appendingPathComponent(name))
        }
        try Data("no picture".utf8).write(to: folder.appendingPathComponent("left02.pgm"))
        let blind = try await run([folder.path, "--square-mm", "25"])
        #expect(blind.status == 1)
        #expect(blind.complaint.contains("skipped left01: left: no board found"), "\(blind.complaint)")
        #expect(blind.complaint.contains("skipped left02") && blind.complaint.contains("0 good pairs are too few"))
        #expect(!FileManager.default.fileExists(atPath: file))
    }
}
