// SPDX-License-Identifier: Apache-2.0

/// The factor L of a symmetric positive definite matrix A = L · Lᵀ, for solving A · x = b.
struct Cholesky {
    private let size: Int
    private var factor: [Double]

    /// - Parameter matrix: `size`×`size` values, row by row; the part below the diagonal is read.
    /// - Returns: nil when the matrix is not positive definite or not finite.
    init?(_ matrix: [Double], size: Int) {
        precondition(matrix.count == size * size)
        self.size = size
        factor = matrix
        let isDefinite = factor.withUnsafeMutableBufferPointer { l -> Bool in
            for row in 0..<size {
                for column in 0...row {
                    var sum = l[row * size + column]
                    for k in 0..<column { sum -= l[row * size + k] * l[column * size + k] }
                    if row == column {
                        guard sum > 0, sum.isFinite else { return false }
                        l[row * size + row] = sum.squareRoot()
                    } else {
                        l[row * size + column] = sum / l[column * size + column]
                    }
                }
            }
            return true
        }
        guard isDefinite else { return nil }
    }

    func solve(_ right: [Double]) -> [Double] {
        precondition(right.count == size)
        var x = right
        for row in 0..<size {
            for k in 0..<row { x[row] -= factor[row * size + k] * x[k] }
            x[row] /= factor[row * size + row]
        }
        for row in (0..<size).reversed() {
            for k in row + 1..<max(row + 1, size) { x[row] -= factor[k * size + row] * x[k] }
            x[row] /= factor[row * size + row]
        }
        return x
    }

    /// The diagonal of the matrix's inverse.
    var inverseDiagonal: [Double] {
        (0..<size).map { index in
            var unit = [Double](repeating: 0, count: size)
            unit[index] = 1
            return solve(unit)[index]
        }
    }
}
