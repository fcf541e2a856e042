// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import Synchronization

/// Looks every ten seconds (each second at first) whether the rows of the rectified pictures still meet: a camera that was
/// knocked makes depth sparse and wrong, and nothing else would tell.
///
/// One look takes 30 ms of CPU at 450×375 and 55 ms at 741×500 (x86-64), on the stereo thread: half a percent of one core.
/// What is reported is the median of the last three looks, so that one odd scene raises no alarm.
package final class RectificationMonitor: Sendable {
    /// Error at the worst place of the middle row from which the owner is told, px. The matcher loses a tenth of its pixels
    /// at 1 px; rectification is expected to be within 0.3 px.
    package static let tolerance = 0.5
    private static let interval: Int64 = 10_000_000_000
    private static let firstInterval: Int64 = 1_000_000_000
    private static let remembered = 3
    /// An offset that is less sure than this is not reported, px.
    private static let sureness = 0.15

    private let state = Mutex(State())

    package init() {}

    private struct State {
        var nextLook: Timestamp?
        var looks: [Double] = []
    }

    /// Looks at a rectified pair when it is time; called for every pair, by the stereo thread.
    package func look(at pair: StereoPair, disparities: Int) throws {
        let captured = pair.right.header.captured
        let isDue = state.withLock { state -> Bool in
            // A clock that ran back (a replay that began again) counts as due.
            if let next = state.nextLook, captured < next, next.nanoseconds(since: captured) <= Self.interval { return false }
            let isNew = state.looks.count < Self.remembered
            state.nextLook = captured.advanced(byNanoseconds: isNew ? Self.firstInterval : Self.interval)
            return true
        }
        guard isDue else { return }
        let found = try VerticalAlignment.measure(left: pair.left, right: pair.right, disparities: disparities)
        guard let found, found.standardError < Self.sureness else { return }
        state.withLock { state in
            if state.looks.count == Self.remembered { state.looks.removeFirst() }
            state.looks.append(found.worst)
        }
    }

    /// By how many rows the rectified pictures miss each other, px; nil before anything could be measured.
    package var misalignmentPixels: Double? {
        state.withLock { state in state.looks.isEmpty ? nil : state.looks.sorted()[state.looks.count / 2] }
    }

    /// What the owner should know; nil while all is well, and before three looks agree.
    package var warning: String? {
        guard state.withLock({ $0.looks.count == Self.remembered }), let pixels = misalignmentPixels, pixels > Self.tolerance
        else {
            return nil
        }
        let tenths = (pixels * 10).rounded() / 10
        return "left and right rows miss each other by \(tenths) px, depth suffers: recalibrate with depthd calibrate, or name "
            + "the calibration of this very camera (docs/calibration.md)"
    }
}
