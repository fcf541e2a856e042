// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// `depthd track`: MOTChallenge text in, MOTChallenge text out.
struct TrackCommandTests {
    private func file(_ text: String) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("detections-\(UUID().uuidString).txt")
        try Data(text.utf8).write(to: url)
        return url
    }

    private func track(_ text: String, _ arguments: [String] = []) async throws -> Command {
        let input = try file(text)
        defer { try? FileManager.default.removeItem(at: input) }
        return try await Command.depthd(["track", input.path, "--output", "-", "--size", "640x480"] + arguments)
    }

    /// Two objects pass each other; one is not seen for three frames.
    private let crossing = (1...20).flatMap { frame in
        ["\(frame),-1,\(20 * frame),100,60,120,0.9,1"]
            + ((8...10).contains(frame) ? [] : ["\(frame),-1,\(500 - 20 * frame),280,60,120,0.9,1"])
    }.joined(separator: "\n")

    @Test func objectsKeepTheirNumbersAndGapsStayGaps() async throws {
        let run = try await track(crossing)
        #expect(run.status == 0, "\(run.complaint)")
        let rows = run.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        #expect(rows.allSatisfy { $0.count == 10 && $0[7] == "1" })
        #expect(Set(rows.map { $0[1] }) == ["1", "2"])
        for (id, frames) in Dictionary(grouping: rows, by: { $0[1] }) {
            let expected = frames.count == 20 ? Set(1...20) : Set(1...7).union(11...20)
            #expect(Set(frames.compactMap { Int($0[0]) }) == expected, "track \(id)")
        }
        #expect(run.complaint.contains("20 frames, 37 detections, 2 tracks") && run.complaint.contains("µs CPU per frame"))
    }

    @Test func asJSONLostObjectsAreTold() async throws {
        let run = try await track(crossing, ["--json"])
        let lines = try run.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(lines.count == 20)
        let states = lines.map { line in (line["objects"] as? [[String: Any]] ?? []).compactMap { $0["state"] as? String } }
        #expect(states[0] == ["NEW", "NEW"] && states[7].contains("LOST") && states[19] == ["TRACKED", "TRACKED"])
    }

    @Test func noMoreObjectsThanAskedForAreFollowed() async throws {
        let crowd = (1...3).flatMap { frame in (0..<30).map { "\(frame),-1,\($0 * 20),100,15,40,0.9" } }.joined(separator: "\n")
        for (arguments, expected) in [([], 20), (["--max-tracklets", "40"], 30), (["--max-tracklets", "3"], 3)]
            as [([String], Int)]
        {
            let run = try await track(crowd, arguments)
            #expect(Set(run.output.split(separator: "\n").map { $0.split(separator: ",")[1] }).count == expected)
        }
    }

    @Test func badLinesAreRefusedByNumber() async throws {
        let good = "1,-1,10,10,20,20,0.9\n"
        for (line, words) in [
            ("1,-1,10,10,20", "line 3: 5 values"), ("1,-1,10,x,20,20,0.9", "line 3: y is not a number"),
            ("0,-1,10,10,20,20,0.9", "line 3: frame is"), ("1.5,-1,10,10,20,20,0.9", "line 3: frame is"),
            ("1,-1,10,10,0,20,0.9", "line 3: the box"), ("1,-1,nan,10,20,20,0.9", "line 3: x is not a number"),
            ("9999999,-1,10,10,20,20,0.9", "line 3: frame"),
        ] {
            let run = try await track(good + "\n" + line + "\n")
            #expect(run.status == 1 && run.output.isEmpty, "\(line)")
            #expect(run.complaint.contains(words), "\(run.complaint)")
        }
        #expect(try await track("").output.isEmpty)
        #expect(try await Command.depthd(["track", "/nowhere.txt", "--output", "-"]).complaint.contains("cannot be read"))
        #expect(try await track(good, ["--max-tracklets", "500"]).complaint.contains("maximumTracks"))
    }
}
