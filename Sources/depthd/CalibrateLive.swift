// SPDX-License-Identifier: Apache-2.0
import BoardCalibration
import Codec
import Core
import Foundation

/// Takes pairs from a running daemon while a person holds the board, and tells how to hold it next.
struct CalibrateLive {
    let address: DaemonAddress
    let camera: String
    let wanted: Int
    /// Seconds without a new pair after which it ends.
    let patience: Double

    /// Between two looks: longer than an exposure, so that a board that moves is seen to move.
    private static let pause = Duration.milliseconds(150)
    /// Advice is repeated when nothing has changed for so long.
    private static let reminder: Int64 = 8_000_000_000

    func pairs(_ pattern: BoardPattern) async throws -> SeenPairs {
        let detector = BoardDetector(pattern)
        var seen = SeenPairs()
        var collector: PairCollector?
        var lastTaken = Timestamp.now()
        var voice = Voice()
        Output.line("show the board to \(camera): all of it in both pictures; hold it still for a moment each time")
        while Double(Timestamp.now().nanoseconds(since: lastTaken)) / 1e9 < patience {
            try await Task.sleep(for: Self.pause)
            let exposed: (left: Frame, right: Frame)?
            do {
                exposed = try await exposure()
            } catch {
                // What was taken is not thrown away when the daemon goes.
                guard !seen.pairs.isEmpty else { throw error }
                Output.complaint("\(error); continuing with \(seen.pairs.count) pairs")
                return seen
            }
            guard let (left, right) = exposed else { continue }
            var current =
                collector
                ?? PairCollector(pattern: pattern, width: left.header.width, height: left.header.height, wanted: wanted)
            defer { collector = current }
            do {
                let corners = (try detector.corners(in: left), try detector.corners(in: right))
                guard try current.offer(left: corners.0, right: corners.1) == .taken else {
                    voice.say("\(current.advice), and hold it still")
                    continue
                }
            } catch {
                current.lose()
                voice.say("\(error)")
                continue
            }
            seen.frames.append((left, right))
            seen.pairs = current.pairs
            lastTaken = .now()
            voice.sayNow("pair \(seen.pairs.count) of \(wanted) taken; \(current.advice)")
            if current.isComplete { return seen }
        }
        Output.complaint("no new pair for \(Int(patience)) s; continuing with \(seen.pairs.count)")
        return seen
    }

    /// Both pictures of one exposure; nil when two came that do not belong together.
    private func exposure() async throws -> (left: Frame, right: Frame)? {
        async let left = picture("left", .left)
        async let right = picture("right", .right)
        guard let first = try await left, let second = try await right else { return nil }
        guard first.header.sequence == second.header.sequence else { return nil }
        guard (first.header.width, first.header.height) == (second.header.width, second.header.height) else {
            throw Failure(description: "left and right pictures have different sizes: give both cameras the same format")
        }
        return (first, second)
    }

    /// The next picture; nil when the daemon says to try again.
    private func picture(_ stream: String, _ instance: CameraInstance) async throws -> Frame? {
        let path = "/api/v1/cameras/\(camera)/streams/\(stream)/snapshot.png"
        let answer = try await HTTPFetch.get(path, from: address)
        if answer.status == 503 { return nil }
        guard answer.status == 200 else {
            throw Failure(description: "the daemon answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        guard let sequence = answer.headers["x-sequence"].flatMap({ Int($0) }),
            var header = SeenPairs.header(CameraID(camera), instance)
        else {
            throw Failure(
                description: "the daemon does not report which exposure a picture shows; does it have the same version?")
        }
        header.sequence = sequence
        return try ImageDecoder().decode(answer.body, as: .gray8, header: header)
    }

    /// Says what is new at once and what is not again and again.
    private struct Voice {
        private var last = ""
        private var time = Timestamp(nanoseconds: 0)

        mutating func say(_ text: String) {
            guard text != last || Timestamp.now().nanoseconds(since: time) > CalibrateLive.reminder else { return }
            sayNow(text)
        }

        mutating func sayNow(_ text: String) {
            (last, time) = (text, .now())
            Output.line(text)
        }
    }
}
