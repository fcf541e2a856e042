// SPDX-License-Identifier: Apache-2.0
import Fusion
import Testing

@Suite struct AssignmentTests {
    /// The best sum over every matching, by trying them all.
    private func bruteForce(_ weights: [[Float]], _ row: Int = 0, _ used: Set<Int> = []) -> Float {
        guard row < weights.count else { return 0 }
        var best = bruteForce(weights, row + 1, used)
        for (column, weight) in weights[row].enumerated() where weight > 0 && !used.contains(column) {
            best = max(best, weight + bruteForce(weights, row + 1, used.union([column])))
        }
        return best
    }

    @Test func theSumIsTheBestOfAllMatchings() {
        var solver = AssignmentSolver()
        var random = UInt64(11)
        for round in 0..<600 {
            let (rows, columns) = (1 + round % 5, 1 + (round / 5) % 6)
            var weights = Array(repeating: Array(repeating: Float(0), count: columns), count: rows)
            solver.prepare(rows: rows, columns: columns)
            for row in 0..<rows {
                for column in 0..<columns {
                    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    let value = Float(random >> 40) / Float(1 << 24)
                    weights[row][column] = value < 0.4 ? 0 : value
                    solver.weights[row * columns + column] = weights[row][column]
                }
            }
            solver.solve()
            var sum: Float = 0
            var used: Set<Int> = []
            for (row, column) in solver.columnOfRow.enumerated() where column >= 0 {
                #expect(weights[row][column] > 0 && used.insert(column).inserted)
                sum += weights[row][column]
            }
            #expect(abs(sum - bruteForce(weights)) < 1e-4)
        }
    }
}
