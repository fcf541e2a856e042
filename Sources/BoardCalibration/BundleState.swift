// SPDX-License-Identifier: Apache-2.0

/// Everything that is fitted: one or two lenses, how the second stands to the first, and where each board stands.
struct BundleState {
    var left: LensParameters
    /// nil while a single camera is fitted.
    var right: LensParameters?
    /// Left camera coordinates to right ones.
    var relative = RigidPose.identity
    /// Board coordinates to left camera ones, view by view.
    var boards: [RigidPose]

    /// How many values all views share: the lenses, then the turn and the shift of `relative`.
    var sharedCount: Int { left.values.count + (right.map { $0.values.count + 6 } ?? 0) }

    /// The state after a step; `shared` in the order of `sharedCount`, six values (turn, shift) for each board.
    func stepped(shared: [Double], boards steps: [[Double]]) -> BundleState {
        var next = self
        let n = left.values.count
        for index in 0..<n { next.left.values[index] += shared[index] }
        if right != nil {
            for index in 0..<n { next.right?.values[index] += shared[n + index] }
            next.relative = BundleState.moved(relative, Array(shared[(2 * n)...]))
        }
        for (index, step) in steps.enumerated() { next.boards[index] = BundleState.moved(boards[index], step) }
        return next
    }

    private static func moved(_ pose: RigidPose, _ step: [Double]) -> RigidPose {
        pose.moved(turn: SIMD3(step[0], step[1], step[2]), by: SIMD3(step[3], step[4], step[5]))
    }
}
