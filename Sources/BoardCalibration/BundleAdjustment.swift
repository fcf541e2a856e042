// SPDX-License-Identifier: Apache-2.0

/// Fits lenses and poses to corners seen in many views, all at once: Levenberg–Marquardt on the distances between where
/// corners are seen and where they should be (Triggs et al. 2000, "Bundle adjustment – a modern synthesis").
///
/// Each view has six unknowns of its own; they are eliminated view by view (Schur complement), so that what is left to
/// solve has the size of the shared unknowns, however many views there are. Derivatives are exact.
struct BundleAdjustment {
    /// The board's corners on its plane.
    let points: [SIMD2<Double>]
    /// Corners as seen by the left (or only) camera, view by view.
    let left: [[SIMD2<Double>]]
    /// The same of the right camera; empty for a single one.
    let right: [[SIMD2<Double>]]

    private static let mostSteps = 100

    /// Where the fit ended.
    struct Result {
        var state: BundleState
        /// Sum of squared residuals, px².
        var cost: Double
        /// Standard deviations of the shared values; empty when they are not determined.
        var deviations: [Double]
    }

    func solve(from start: BundleState) throws(BoardCalibrationError) -> Result {
        var state = start
        guard var equations = equations(at: state) else {
            throw .undetermined("the first estimate puts a board behind the camera; leave out the pair with the largest tilt")
        }
        var damping = 1e-3
        var isSettled = false
        for _ in 0..<BundleAdjustment.mostSteps where !isSettled {
            var improved = false
            while damping < 1e12, !improved {
                if let step = equations.step(damping: damping),
                    let next = self.equations(at: state.stepped(shared: step.shared, boards: step.boards)),
                    next.cost <= equations.cost
                {
                    isSettled = equations.cost - next.cost <= 1e-12 * equations.cost
                    state = state.stepped(shared: step.shared, boards: step.boards)
                    equations = next
                    damping = max(1e-12, damping / 10)
                    improved = true
                } else {
                    damping *= 10
                }
            }
            if !improved { break }
        }
        let measured = points.count * 2 * (left.count + right.count)
        let free = max(1, measured - state.sharedCount - 6 * left.count)
        let variance = equations.cost / Double(free)
        let deviations = equations.sharedVariances?.map { ($0 * variance).squareRoot() } ?? []
        return Result(state: state, cost: equations.cost, deviations: deviations)
    }

    /// The distances between seen and expected corners of one view; nil when the board is behind a camera.
    func residuals(_ state: BundleState, view: Int) -> (left: [SIMD2<Double>], right: [SIMD2<Double>])? {
        var slopes = [Double](repeating: 0, count: 2 * state.left.values.count)
        var unused = (SIMD3<Double>.zero, SIMD3<Double>.zero)
        func distances(_ lens: LensParameters, _ pose: RigidPose, _ seen: [SIMD2<Double>]) -> [SIMD2<Double>]? {
            var result: [SIMD2<Double>] = []
            for (point, corner) in zip(points, seen) {
                guard let pixel = lens.project(pose(SIMD3(point, 0)), slopes: &slopes, pointSlopes: &unused) else { return nil }
                result.append(corner - pixel)
            }
            return result
        }
        guard let first = distances(state.left, state.boards[view], left[view]) else { return nil }
        guard let lens = state.right else { return (first, []) }
        guard let second = distances(lens, state.boards[view].followed(by: state.relative), right[view]) else { return nil }
        return (first, second)
    }

    /// The linearised problem at a state; nil when a board is behind a camera.
    private func equations(at state: BundleState) -> NormalEquations? {
        var equations = NormalEquations(shared: state.sharedCount, views: left.count)
        for view in left.indices {
            guard add(view, of: state, to: &equations) else { return nil }
        }
        return equations.cost.isFinite ? equations : nil
    }

    private func add(_ view: Int, of state: BundleState, to equations: inout NormalEquations) -> Bool {
        let n = state.left.values.count
        var row = NormalEquations.Row(shared: state.sharedCount)
        var slopes = [Double](repeating: 0, count: 2 * n)
        var byPoint = (SIMD3<Double>.zero, SIMD3<Double>.zero)
        let board = state.boards[view]
        for (number, point) in points.enumerated() {
            let turned = board.turned(SIMD3(point, 0))
            let inLeft = turned + board.translation
            guard let pixel = state.left.project(inLeft, slopes: &slopes, pointSlopes: &byPoint) else { return false }
            let seen = left[view][number] - pixel
            for (axis, slope) in [(0, byPoint.0), (1, byPoint.1)] {
                row.clear()
                for index in 0..<n { row.shared[index] = slopes[axis * n + index] }
                row.setView(slope, lever: turned)
                equations.add(row, residual: axis == 0 ? seen.x : seen.y, view: view)
            }
            guard let lens = state.right else { continue }
            let swung = state.relative.turned(inLeft)
            guard let other = lens.project(swung + state.relative.translation, slopes: &slopes, pointSlopes: &byPoint) else {
                return false
            }
            let seenRight = right[view][number] - other
            for (axis, slope) in [(0, byPoint.0), (1, byPoint.1)] {
                row.clear()
                for index in 0..<n { row.shared[n + index] = slopes[axis * n + index] }
                // Turning a vector p by a small δ adds δ × p, so the slope by δ is p × slope.
                row.setShared(Rotation.cross(swung, slope), at: 2 * n)
                row.setShared(slope, at: 2 * n + 3)
                row.setView(state.relative.turnedBack(slope), lever: turned)
                equations.add(row, residual: axis == 0 ? seenRight.x : seenRight.y, view: view)
            }
        }
        return true
    }
}
