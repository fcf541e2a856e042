// SPDX-License-Identifier: Apache-2.0

/// The optimal one-to-one matching of rows to columns: the sum of the matched weights is as large as it can be.
///
/// Hungarian method with potentials and shortest augmenting paths (Jonker–Volgenant form), O(small² · large). Weights
/// that are zero or less mean "not these two"; the scratch arrays are kept, so a warm solver allocates nothing.
package struct AssignmentSolver: Sendable {
    /// Column of each row of the last problem, -1 for none.
    package private(set) var columnOfRow: [Int] = []
    /// Weights of the problem, row by row; filled by the caller between `prepare` and `solve`.
    package var weights: [Float] = []

    package init() {}

    private var rows = 0
    private var columns = 0
    private var rowPotential: [Float] = []
    private var columnPotential: [Float] = []
    private var rowOfColumn: [Int] = []
    private var previous: [Int] = []
    private var shortest: [Float] = []
    private var visited: [Bool] = []

    /// Starts a problem in which nothing goes together yet.
    package mutating func prepare(rows: Int, columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        AssignmentSolver.refill(&weights, 0, rows * columns)
        AssignmentSolver.refill(&columnOfRow, -1, rows)
    }

    /// Solves the problem in `weights` into `columnOfRow`.
    package mutating func solve() {
        guard rows > 0, columns > 0 else { return }
        let transposed = rows > columns
        let (small, large) = transposed ? (columns, rows) : (rows, columns)
        let (rowStep, columnStep) = transposed ? (1, columns) : (columns, 1)
        AssignmentSolver.refill(&rowPotential, 0, small + 1)
        AssignmentSolver.refill(&columnPotential, 0, large + 1)
        AssignmentSolver.refill(&rowOfColumn, 0, large + 1)
        AssignmentSolver.refill(&previous, 0, large + 1)
        for row in 1...small { augment(from: row, large: large, rowStep: rowStep, columnStep: columnStep) }
        for column in 1...large where rowOfColumn[column] > 0 {
            let row = rowOfColumn[column] - 1
            guard weights[row * rowStep + (column - 1) * columnStep] > 0 else { continue }
            if transposed { columnOfRow[column - 1] = row } else { columnOfRow[row] = column - 1 }
        }
    }

    /// One shortest augmenting path; indices count from 1, column 0 is the source.
    private mutating func augment(from start: Int, large: Int, rowStep: Int, columnStep: Int) {
        AssignmentSolver.refill(&shortest, .infinity, large + 1)
        AssignmentSolver.refill(&visited, false, large + 1)
        rowOfColumn[0] = start
        var column = 0
        repeat {
            visited[column] = true
            let row = rowOfColumn[column]
            var (delta, next) = (Float.infinity, 0)
            for candidate in 1...large where !visited[candidate] {
                let cost = -max(0, weights[(row - 1) * rowStep + (candidate - 1) * columnStep])
                let reduced = cost - rowPotential[row] - columnPotential[candidate]
                if reduced < shortest[candidate] { (shortest[candidate], previous[candidate]) = (reduced, column) }
                if shortest[candidate] < delta { (delta, next) = (shortest[candidate], candidate) }
            }
            guard next != 0 else { return }
            for index in 0...large {
                if visited[index] {
                    rowPotential[rowOfColumn[index]] += delta
                    columnPotential[index] -= delta
                } else {
                    shortest[index] -= delta
                }
            }
            column = next
        } while rowOfColumn[column] != 0
        while column != 0 {
            rowOfColumn[column] = rowOfColumn[previous[column]]
            column = previous[column]
        }
    }

    private static func refill<Element>(_ array: inout [Element], _ value: Element, _ count: Int) {
        array.removeAll(keepingCapacity: true)
        for _ in 0..<count { array.append(value) }
    }
}
