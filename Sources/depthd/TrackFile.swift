// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// Detections in MOTChallenge text.
struct TrackFile {
    private struct Row {
        var box: NormalizedBox
        var score: Float
        var label: Int
    }

    /// Boxes in pixels, by frame.
    private var rows: [Int: [Row]] = [:]
    private(set) var lastFrame = 0
    private(set) var count = 0
    /// Right and bottom edge of what the boxes cover, pixels.
    private(set) var extent = SIMD2<Float>(1, 1)

    private static let longestBytes = 256 << 20
    private static let mostFrames = 1_000_000
    private static let largestPixel: Float = 1e6

    /// - Throws: `Failure` naming file and line.
    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.longestBytes else {
            throw Failure(description: "\(path) cannot be read")
        }
        guard let text = String(data: data, encoding: .utf8) else { throw Failure(description: "\(path) is not text") }
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty else { continue }
            do {
                try add(line)
            } catch {
                throw Failure(description: "\(path), line \(number + 1): \(error)")
            }
        }
    }

    private mutating func add(_ line: String) throws {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
            Float($0.trimmingCharacters(in: .whitespaces))
        }
        guard fields.count >= 7 else {
            throw Failure(description: "\(fields.count) values; write frame,id,x,y,width,height,score[,class]")
        }
        var values: [Float] = []
        for (name, field) in zip(["frame", "id", "x", "y", "width", "height", "score", "class"], fields) {
            guard let value = field, value.isFinite, abs(value) <= Self.largestPixel else {
                throw Failure(description: "\(name) is not a number up to \(Int(Self.largestPixel))")
            }
            values.append(value)
        }
        guard let frame = Int(exactly: values[0]), (1...Self.mostFrames).contains(frame) else {
            throw Failure(description: "frame is \(values[0]); frames are whole numbers from 1 to \(Self.mostFrames)")
        }
        guard values[4] > 0, values[5] > 0 else {
            throw Failure(description: "the box is \(values[4])x\(values[5]) pixels; width and height must be more than 0")
        }
        let box = NormalizedBox(xMin: values[2], yMin: values[3], xMax: values[2] + values[4], yMax: values[3] + values[5])
        let label = values.count > 7 ? max(0, Int(values[7])) : 0
        // Detectors of the challenge score in units of their own; from 1 up they are sure.
        rows[frame, default: []].append(Row(box: box, score: min(1, max(0, values[6])), label: label))
        lastFrame = max(lastFrame, frame)
        count += 1
        extent = pointwiseMax(extent, SIMD2(box.xMax, box.yMax))
    }

    /// The detections of a frame in fractions of a picture of that size.
    func detections(frame: Int, size: SIMD2<Float>) -> [Detection] {
        (rows[frame] ?? []).map { row in
            let box = NormalizedBox(
                xMin: row.box.xMin / size.x, yMin: row.box.yMin / size.y, xMax: row.box.xMax / size.x, yMax: row.box.yMax / size.y
            )
            return Detection(label: row.label, confidence: row.score, box: box)
        }
    }

    /// A track as a line of MOTChallenge text.
    static func line(_ track: Track, frame: Int, size: SIMD2<Float>) -> String {
        let box = track.detection.box
        return String(
            format: "%d,%d,%.2f,%.2f,%.2f,%.2f,%.3f,%d,-1,-1", frame, track.id, box.xMin * size.x, box.yMin * size.y,
            box.width * size.x, box.height * size.y, track.detection.confidence, track.detection.label)
    }

    private struct FrameJSON: Encodable {
        struct Object: Encodable {
            var track: Int
            var state: String
            var label: Int
            var confidence: Float
            /// x, y, width, height in pixels.
            var box: [Float]
        }

        var frame: Int
        var objects: [Object]
    }

    /// All tracks after a frame as one line of JSON.
    static func json(_ tracks: [Track], frame: Int, size: SIMD2<Float>) throws -> String {
        let objects = tracks.map { track in
            let box = track.detection.box
            return FrameJSON.Object(
                track: track.id, state: track.state.name, label: track.detection.label, confidence: track.detection.confidence,
                box: [box.xMin * size.x, box.yMin * size.y, box.width * size.x, box.height * size.y])
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(FrameJSON(frame: frame, objects: objects)), as: UTF8.self)
    }
}
