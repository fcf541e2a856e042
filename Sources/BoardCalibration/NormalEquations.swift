// SPDX-License-Identifier: Apache-2.0

/// Least squares with unknowns that all views share and six more of each view's own: JᵀJ in blocks.
struct NormalEquations {
    private let size: Int
    private(set) var cost = 0.0
    /// Shared by shared, below the diagonal.
    private var shared: [Double]
    private var sharedRight: [Double]
    /// Shared by own (`size`×6), own by own (6×6) and own right side, view by view.
    private var mixed: [[Double]]
    private var own: [[Double]]
    private var ownRight: [[Double]]

    init(shared size: Int, views: Int) {
        self.size = size
        shared = Array(repeating: 0, count: size * size)
        sharedRight = Array(repeating: 0, count: size)
        mixed = Array(repeating: Array(repeating: 0, count: size * 6), count: views)
        own = Array(repeating: Array(repeating: 0, count: 36), count: views)
        ownRight = Array(repeating: Array(repeating: 0, count: 6), count: views)
    }

    /// The slopes of one measured coordinate.
    struct Row {
        var shared: [Double]
        private(set) var own = [Double](repeating: 0, count: 6)

        init(shared size: Int) { shared = Array(repeating: 0, count: size) }

        mutating func clear() {
            for index in shared.indices { shared[index] = 0 }
        }

        mutating func setShared(_ slope: SIMD3<Double>, at index: Int) {
            for axis in 0..<3 { shared[index + axis] = slope[axis] }
        }

        /// - Parameters:
        ///   - slope: by the point's coordinates.
        ///   - lever: the point as turned by the pose, before its shift.
        mutating func setView(_ slope: SIMD3<Double>, lever: SIMD3<Double>) {
            let turn = Rotation.cross(lever, slope)
            for axis in 0..<3 { (own[axis], own[axis + 3]) = (turn[axis], slope[axis]) }
        }
    }

    mutating func add(_ row: Row, residual: Double, view: Int) {
        cost += residual * residual
        for i in 0..<size where row.shared[i] != 0 {
            let slope = row.shared[i]
            sharedRight[i] += slope * residual
            for j in 0...i { shared[i * size + j] += slope * row.shared[j] }
            for j in 0..<6 { mixed[view][i * 6 + j] += slope * row.own[j] }
        }
        for i in 0..<6 {
            ownRight[view][i] += row.own[i] * residual
            for j in 0...i { own[view][i * 6 + j] += row.own[i] * row.own[j] }
        }
    }

    /// The step that solves the equations with their diagonal multiplied by `1 + damping`; nil when there is no solution.
    func step(damping: Double) -> (shared: [Double], boards: [[Double]])? {
        guard let reduced = reduced(damping: damping),
            let sharedStep = Cholesky(reduced.matrix, size: size)?.solve(reduced.right)
        else { return nil }
        var boards: [[Double]] = []
        for view in own.indices {
            var right = ownRight[view]
            for i in 0..<size { for j in 0..<6 { right[j] -= mixed[view][i * 6 + j] * sharedStep[i] } }
            boards.append(reduced.views[view].solve(right))
        }
        return (sharedStep, boards)
    }

    /// Variances of the shared unknowns for a unit of noise; nil when they are not determined.
    var sharedVariances: [Double]? {
        // Coefficients that take each other's place (k1 and k4) leave the equations near singular: a trace of damping keeps
        // them solvable and the variances of what is determined as they are.
        guard let reduced = reduced(damping: 1e-11) else { return nil }
        return Cholesky(reduced.matrix, size: size)?.inverseDiagonal
    }

    /// The equations of the shared unknowns alone: S = A − Σ B C⁻¹ Bᵀ.
    private func reduced(damping: Double) -> (matrix: [Double], right: [Double], views: [Cholesky])? {
        var matrix = shared, right = sharedRight
        for i in 0..<size { matrix[i * size + i] *= 1 + damping }
        var views: [Cholesky] = []
        for view in own.indices {
            var block = own[view]
            for i in 0..<6 { block[i * 7] *= 1 + damping }
            guard let factor = Cholesky(block, size: 6) else { return nil }
            views.append(factor)
            let offset = factor.solve(ownRight[view])
            for i in 0..<size {
                let row = Array(mixed[view][i * 6..<i * 6 + 6])
                let solved = factor.solve(row)
                for j in 0..<6 { right[i] -= row[j] * offset[j] }
                for other in 0...i {
                    var sum = 0.0
                    for j in 0..<6 { sum += solved[j] * mixed[view][other * 6 + j] }
                    matrix[i * size + other] -= sum
                }
            }
        }
        return (matrix, right, views)
    }
}
