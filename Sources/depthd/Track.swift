// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Core
import Foundation
import Fusion
import Pipeline

struct TrackDetections: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "track", abstract: "Run the daemon's tracker over a file of detections.",
        discussion: """
            Reads and writes MOTChallenge text: frame,id,x,y,width,height,score,class in pixels, frames from 1; the id of a \
            detection is not looked at, a class below 0 is class 0. Written are the objects seen in each frame.
            """)

    @Argument(help: "The detections.")
    var detections: String
    @Option(name: .shortAndLong, help: "Where to write the tracks; - for standard output.")
    var output: String
    @Option(help: "Picture size as WIDTHxHEIGHT. Default: the area that the boxes cover.")
    var size: String?
    @Option(help: "Frames a second, 1 to 1000.")
    var fps = 25.0
    @Option(help: "Objects followed at once; default: the daemon's ot.max_tracklets.")
    var maxTracklets: Int?
    @Option(help: "Least confidence of a detection that starts a track; default: the daemon's ot.confidence_threshold.")
    var confidence: Double?
    @Flag(help: "Write one JSON object per frame, with lost and removed objects, instead of MOTChallenge text.")
    var json = false

    func validate() throws {
        guard (1...1000).contains(fps) else { throw ValidationError("--fps is 1 to 1000") }
        guard size == nil || dimensions != nil else { throw ValidationError("--size is WIDTHxHEIGHT, such as 640x480") }
        do { _ = try settings() } catch { throw ValidationError("\(error)") }
    }

    private var dimensions: SIMD2<Float>? {
        let numbers = size.map { $0.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) } } ?? []
        guard numbers.count == 2, let width = numbers[0], let height = numbers[1], (1...100_000).contains(width),
            (1...100_000).contains(height)
        else { return nil }
        return SIMD2(Float(width), Float(height))
    }

    private func settings() throws -> TrackerSettings {
        let defaults = try PipelineConfiguration.standard().tracker
        return try TrackerSettings(
            maximumTracks: maxTracklets ?? defaults.maximumTracklets,
            confidenceThreshold: Float(confidence ?? defaults.confidenceThreshold))
    }

    func run() throws {
        let file = try TrackFile(path: detections)
        let size = dimensions ?? file.extent
        var tracker = Tracker(try settings())
        var lines: [String] = []
        var nanoseconds: Int64 = 0
        var newest = 0
        for frame in 1...max(1, file.lastFrame) {
            let seen = file.detections(frame: frame, size: size)
            let instant = Timestamp(nanoseconds: Int64(Double(frame) * 1e9 / fps))
            let before = Timestamp.threadCPU()
            let tracks = tracker.update(seen, at: instant)
            nanoseconds += Timestamp.threadCPU() - before
            newest = max(newest, tracks.map(\.id).max() ?? 0)
            if json {
                lines.append(try TrackFile.json(tracks, frame: frame, size: size))
            } else {
                lines += tracks.filter { $0.state == .new || $0.state == .tracked }
                    .map { TrackFile.line($0, frame: frame, size: size) }
            }
        }
        let text = lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
        if output == "-" {
            FileHandle.standardOutput.write(Data(text.utf8))
        } else {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        }
        Output.complaint(
            String(
                format: "%d frames, %d detections, %d tracks; %.1f µs CPU per frame", file.lastFrame, file.count, newest,
                Double(nanoseconds) / 1000 / Double(max(1, file.lastFrame))))
    }
}
