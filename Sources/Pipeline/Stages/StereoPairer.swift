// SPDX-License-Identifier: Apache-2.0
package import Core

/// Two pictures of one exposure.
package struct StereoPair: Sendable {
    package let left: Frame
    package let right: Frame
}

/// Brings left and right pictures together by capture time.
///
/// Each side waits in a queue of four; a picture whose partner did not come is dropped and counted.
package struct StereoPairer {
    /// Pictures taken at most so far apart belong together: half a frame interval.
    package let toleranceNanoseconds: Int64
    package private(set) var missed = 0
    private var left: [Frame] = []
    private var right: [Frame] = []
    private static let capacity = 4

    package init(framesPerSecond: Double) {
        toleranceNanoseconds = Int64(0.5e9 / max(1, framesPerSecond > 0 ? framesPerSecond : 30))
    }

    /// Adds a picture; returns the pair it completes.
    package mutating func add(_ frame: Frame) -> StereoPair? {
        let isLeft = frame.header.instance == .left
        let others = isLeft ? right : left
        let candidate = others.indices.min { gap(others[$0], frame) < gap(others[$1], frame) }
        guard let candidate, gap(others[candidate], frame) <= toleranceNanoseconds else {
            keep(frame, isLeft: isLeft)
            return nil
        }
        let partner = others[candidate]
        // Whatever is older than the pair can find no partner any more.
        missed += candidate
        if isLeft {
            right.removeFirst(candidate + 1)
            missed += left.count
            left.removeAll(keepingCapacity: true)
            return StereoPair(left: frame, right: partner)
        }
        left.removeFirst(candidate + 1)
        missed += right.count
        right.removeAll(keepingCapacity: true)
        return StereoPair(left: partner, right: frame)
    }

    private mutating func keep(_ frame: Frame, isLeft: Bool) {
        if isLeft { left.append(frame) } else { right.append(frame) }
        if left.count > Self.capacity { left.removeFirst(); missed += 1 }
        if right.count > Self.capacity { right.removeFirst(); missed += 1 }
    }

    private func gap(_ first: Frame, _ second: Frame) -> Int64 {
        abs(first.header.captured.nanoseconds(since: second.header.captured))
    }
}
