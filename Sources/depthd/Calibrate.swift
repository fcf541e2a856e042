// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import BoardCalibration
import Calibration
import Codec
import Core
import Foundation
import Settings

struct Calibrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Calibrate a stereo camera with a printed chessboard.",
        discussion: """
            From a folder with the subfolders left and right, or with left01.png, right01.png and so on; or live, with --url \
            and --camera, from a running daemon: hold the board as the lines printed say. docs/calibration.md tells how.
            """)

    @Argument(help: "Folder of pairs; omit it with --url.")
    var folder: String?
    @Option(help: "A running daemon to take pairs from, such as http://127.0.0.1:8080.")
    var url: String?
    @Option(help: "The camera there.")
    var camera = "demo"
    @Option(help: "Inner corners of the board: the points where four squares meet, as COLUMNSxROWS.")
    var board = "9x6"
    @Option(name: .customLong("square-mm"), help: "Side of a square, measured on the print.")
    var square: Double
    @Option(help: "standard (5 coefficients) or rational (8, for wide lenses and many pairs).")
    var lens = LensShape.standard.rawValue
    @Option(name: .shortAndLong, help: "The calibration file to write.")
    var output = "calibration.yml"
    @Option(help: "Folder for a picture of the worst pair and, live, the pairs that were taken.")
    var report: String?
    @Option(help: "Pairs to take from a live camera, 4 to 200.")
    var pairs = 20
    @Option(help: "Seconds to wait for the next good pair of a live camera before continuing with the pairs taken so far.")
    var patience = 120.0

    func validate() throws {
        guard (folder == nil) != (url == nil) else { throw ValidationError("give a folder of pairs, or --url and --camera") }
        guard dimensions != nil else {
            throw ValidationError("--board is COLUMNSxROWS of inner corners, such as 9x6, not '\(board)'")
        }
        do { _ = try pattern() } catch { throw ValidationError("\(error)") }
        guard LensShape(rawValue: lens) != nil else { throw ValidationError("--lens is standard or rational, not '\(lens)'") }
        guard (4...200).contains(pairs) else { throw ValidationError("--pairs is 4 to 200") }
        guard (1...3600).contains(patience) else { throw ValidationError("--patience is 1 to 3600 seconds") }
        guard CameraID(camera) != nil else { throw ValidationError("--camera is a name of small letters, digits, - and _") }
    }

    private var dimensions: (columns: Int, rows: Int)? {
        let numbers = board.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let columns = numbers[0], let rows = numbers[1] else { return nil }
        return (columns, rows)
    }

    private func pattern() throws -> BoardPattern {
        guard let dimensions else { throw ValidationError("--board is COLUMNSxROWS") }
        return try BoardPattern(columns: dimensions.columns, rows: dimensions.rows, squareMillimetres: square)
    }

    func run() async throws {
        let pattern = try pattern()
        let seen: SeenPairs
        if let folder {
            seen = try CalibrateFolder(folder).pairs(pattern)
        } else {
            let live = CalibrateLive(
                address: try DaemonAddress(url: url ?? ""), camera: camera, wanted: pairs, patience: patience)
            seen = try await live.pairs(pattern)
        }
        // Taken pairs are kept even when they do not suffice: holding a board for minutes is work.
        if let report, folder == nil { try seen.save(in: report) }
        guard seen.pairs.count >= StereoCalibrator.leastPairs else {
            throw BoardCalibrationError.fewPairs(count: seen.pairs.count, least: StereoCalibrator.leastPairs)
        }
        let shape = LensShape(rawValue: lens) ?? .standard
        let result = try StereoCalibrator(pattern: pattern, width: seen.width, height: seen.height, shape: shape).solve(
            seen.pairs)
        let text = CalibrateText(result, pattern: pattern)
        Output.line(text.report)
        try Data((text.heading + CalibrationFile.write(result.calibration)).utf8).write(
            to: URL(fileURLWithPath: output), options: .atomic)
        if let report, let worst = result.worst { try draw(worst, of: result, seen, in: report) }
        Output.line("wrote \(output): set cameras.N.calibration to it in the settings")
    }

    private func draw(_ worst: PairFigures, of result: CalibrationReport, _ seen: SeenPairs, in folder: String) throws {
        guard let index = seen.pairs.firstIndex(of: worst.pair) else { return }
        let (left, right) = seen.frames[index]
        let picture = try PairPicture.draw(left: left, right: right, figures: worst, calibration: result.calibration)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/worst.png"
        try Data(try PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: path), options: .atomic)
        Output.line("wrote \(path): \(worst.pair.name), the pair that fits worst; rows drawn through both pictures")
    }
}

/// Pairs in which both cameras saw the board.
struct SeenPairs {
    var pairs: [BoardPair] = []
    /// The pictures of each pair.
    var frames: [(left: Frame, right: Frame)] = []

    var width: Int { frames.first?.left.header.width ?? 0 }
    var height: Int { frames.first?.left.header.height ?? 0 }

    /// Writes the pictures as `left/01.png` and `right/01.png`, which `calibrate` reads again.
    func save(in folder: String) throws {
        for side in ["left", "right"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(side)", withIntermediateDirectories: true)
            for (index, pair) in frames.enumerated() {
                let bytes = try PNGEncoder.encode(side == "left" ? pair.left : pair.right)
                let path = "\(folder)/\(side)/\(String(format: "%02d", index + 1)).png"
                try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            }
        }
        Output.line("kept \(frames.count) pairs in \(folder)/left and \(folder)/right")
    }

    /// A frame header for pictures that are read here.
    static func header(_ camera: CameraID?, _ instance: CameraInstance) -> FrameHeader? {
        camera.map {
            FrameHeader(camera: $0, instance: instance, sequence: 0, captured: .now(), width: 1, height: 1, format: .gray8)
        }
    }
}
