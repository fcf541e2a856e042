// SPDX-License-Identifier: Apache-2.0
import BoardCalibration
import Core
import Testing

struct PairCollectorTests {
    private static let pattern = try! BoardPattern(columns: 9, rows: 6, squareMillimetres: 25)
    private static let camera = CameraModel(width: 640, height: 400, fx: 441, fy: 441, cx: 319.5, cy: 199.5)

    private func corners(_ x: Double, _ y: Double, tilt: Double = 0) -> [SIMD2<Double>] {
        RenderedBoard(camera: Self.camera, rotation: RenderedBoard.turned(0, tilt, 0), middle: SIMD3(x, y, 700)).corners
    }

    @Test func aPairIsTakenWhenTheBoardStandsStillSomewhereNew() throws {
        var collector = PairCollector(pattern: Self.pattern, width: 640, height: 400, wanted: 4)
        func offer(_ x: Double) throws -> PairCollector.Verdict {
            try collector.offer(left: corners(x, 0), right: corners(x - 75, 0))
        }
        #expect(try offer(0) == .moving)
        #expect(try offer(0) == .taken)
        #expect(try offer(0) == .seenBefore)
        #expect(try offer(100) == .moving)
        #expect(try offer(104) == .moving)
        #expect(try offer(104) == .taken)
        collector.lose()
        #expect(try offer(-100) == .moving)
        #expect(try offer(-100) == .taken)
        #expect(collector.pairs.count == 3 && !collector.isComplete)
    }

    @Test func theAdviceLeadsToWhereNothingWasMeasured() throws {
        var collector = PairCollector(pattern: Self.pattern, width: 640, height: 400, wanted: 20)
        #expect(collector.advice.contains("upper left"))
        for (x, y) in [(-250.0, -170.0), (-250.0, -160.0)] {
            for _ in 0..<2 { _ = try collector.offer(left: corners(x, y), right: corners(x, y)) }
        }
        #expect(collector.pairs.count == 1)
        #expect(collector.advice.contains("tilt"), "after a place comes a tilt")
        for _ in 0..<2 { _ = try collector.offer(left: corners(0, 0, tilt: 40), right: corners(0, 0, tilt: 40)) }
        #expect(collector.pairs.count == 2)
        #expect(collector.advice.contains("move the board") && !collector.advice.contains("upper left"), "\(collector.advice)")
        var complete = PairCollector(pattern: Self.pattern, width: 640, height: 400, wanted: 0)
        #expect(complete.isComplete && complete.advice == "that is enough")
        complete.lose()
    }
}
