// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Fusion
import TestSupport
import Testing

/// The tracker on recorded and generated scenes with known truth. MOTA and identity switches as in CLEAR-MOT (Bernardin
/// and Stiefelhagen 2008), matches at an overlap of 0.5, an old match kept as long as it holds.
@Suite(.enabled(if: SharedData.isRequired)) struct TrackingBarTests {
    private struct Row {
        var frame: Int
        var id: Int
        var box: NormalizedBox
        var score: Float
        var label: Int
    }

    private struct Score {
        var truths = 0
        var misses = 0
        var falsePositives = 0
        var switches = 0
        var mota: Double { 1 - Double(misses + falsePositives + switches) / Double(max(1, truths)) }
    }

    private func rows(_ path: String, width: Float, height: Float) throws -> [Row] {
        String(decoding: try SharedData.bytes(path), as: UTF8.self).split(whereSeparator: \.isNewline).map { line in
            let f = line.split(separator: ",").map { Float($0) ?? 0 }
            let box = NormalizedBox(
                xMin: f[2] / width, yMin: f[3] / height, xMax: (f[2] + f[4]) / width, yMax: (f[3] + f[5]) / height)
            return Row(frame: Int(f[0]), id: Int(f[1]), box: box, score: min(1, f[6]), label: max(0, Int(f[7])))
        }
    }

    private func run(truth: String, detections: String, size: (Float, Float), framesPerSecond: Int, into score: inout Score)
        throws
    {
        let truths = Dictionary(grouping: try rows(truth, width: size.0, height: size.1), by: \.frame)
        let seen = Dictionary(grouping: try rows(detections, width: size.0, height: size.1), by: \.frame)
        var tracker = Tracker(try TrackerSettings(maximumTracks: 40))
        var partner: [Int: Int] = [:]
        for frame in 1...max(truths.keys.max() ?? 1, seen.keys.max() ?? 1) {
            let found = (seen[frame] ?? []).map { Detection(label: $0.label, confidence: $0.score, box: $0.box) }
            let instant = Timestamp(nanoseconds: Int64(frame) * 1_000_000_000 / Int64(framesPerSecond))
            let tracks = tracker.update(found, at: instant).filter { $0.state == .new || $0.state == .tracked }
            tally(truths[frame] ?? [], tracks, &partner, &score)
        }
    }

    private func tally(_ truths: [Row], _ tracks: [Track], _ partner: inout [Int: Int], _ score: inout Score) {
        var free = Dictionary(uniqueKeysWithValues: tracks.map { ($0.id, $0.detection.box) })
        var open: [Row] = []
        for truth in truths {
            if let id = partner[truth.id], let box = free[id], box.intersectionOverUnion(truth.box) >= 0.5 {
                free[id] = nil
            } else {
                open.append(truth)
            }
        }
        var solver = AssignmentSolver()
        let ids = free.keys.sorted()
        solver.prepare(rows: open.count, columns: ids.count)
        for (row, truth) in open.enumerated() {
            for (column, id) in ids.enumerated() {
                let overlap = free[id]?.intersectionOverUnion(truth.box) ?? 0
                solver.weights[row * ids.count + column] = overlap >= 0.5 ? overlap : 0
            }
        }
        solver.solve()
        for (row, truth) in open.enumerated() {
            guard solver.columnOfRow[row] >= 0 else {
                score.misses += 1
                continue
            }
            let id = ids[solver.columnOfRow[row]]
            free[id] = nil
            if let before = partner[truth.id], before != id { score.switches += 1 }
            partner[truth.id] = id
        }
        score.truths += truths.count
        score.falsePositives += free.count
    }

    @Test func pedestriansAreFollowedAtLeastAsWellAsByThePeers() throws {
        var score = Score()
        for name in ["TUD-Campus", "TUD-Stadtmitte"] {
            try run(
                truth: "mot/gt/\(name).txt", detections: "mot/det/\(name).txt", size: (640, 480), framesPerSecond: 25,
                into: &score)
        }
        #expect(score.mota >= 0.695, "MOTA \(score.mota)")
        #expect(score.switches <= 16, "\(score.switches) identity switches")
    }

    @Test func roadUsersAreFollowedBetterThanByThePeers() throws {
        var score = Score()
        for name in ["0000", "0002", "0004", "0006", "0010", "0012", "0014"] {
            try run(
                truth: "mot/kitti_synth/gt/\(name).txt", detections: "mot/kitti_synth/det/\(name).txt", size: (1242, 375),
                framesPerSecond: 10, into: &score)
        }
        #expect(score.mota >= 0.76, "MOTA \(score.mota)")
        #expect(score.switches <= 48, "\(score.switches) identity switches")
    }
}
