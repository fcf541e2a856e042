// SPDX-License-Identifier: Apache-2.0
package import Core

/// A depth picture and what it cost.
package struct DepthResult: Sendable {
    package let frame: Frame
    /// Rectification to depth, wall nanoseconds.
    package let stereoNanoseconds: Int64

    package init(frame: Frame, stereoNanoseconds: Int64) {
        self.frame = frame
        self.stereoNanoseconds = stereoNanoseconds
    }
}

/// Decides which depth picture serves a set of detections.
///
/// The network and the matcher work on one exposure side by side and finish in any order. Detections wait only for a
/// matcher that is already at work on their own exposure; otherwise they take the depth nearest in capture time, so that
/// slow matching makes distances older, never results late.
package struct DepthRendezvous {
    /// Detections together with the depth to read, if there is any.
    package struct Match {
        package let detections: DetectionSet
        package let depth: DepthResult?
    }

    private var depths: [DepthResult] = []
    private var waiting: DetectionSet?
    private let kept: Int

    /// - Parameter kept: so many depth pictures are kept for detections that come later than they.
    package init(kept: Int = 3) { self.kept = kept }

    /// Takes detections.
    /// - Parameter depthIsComing: the matcher is at work on the very same exposure.
    /// - Returns: what can be fused now, oldest first.
    package mutating func detections(_ set: DetectionSet, depthIsComing: Bool) -> [Match] {
        var matches: [Match] = []
        if let overtaken = waiting {
            waiting = nil
            matches.append(Match(detections: overtaken, depth: nearest(to: overtaken)))
        }
        let isHere = depths.contains { $0.frame.header.sequence >= set.origin.frame.sequence }
        if depthIsComing, !isHere {
            waiting = set
        } else {
            matches.append(Match(detections: set, depth: nearest(to: set)))
        }
        return matches
    }

    /// Takes a depth picture; returns the detections that waited for it.
    package mutating func depth(_ result: DepthResult) -> Match? {
        if depths.count == kept { depths.removeFirst() }
        depths.append(result)
        guard let set = waiting, result.frame.header.sequence >= set.origin.frame.sequence else { return nil }
        waiting = nil
        return Match(detections: set, depth: nearest(to: set))
    }

    private func nearest(to set: DetectionSet) -> DepthResult? {
        func gap(_ depth: DepthResult) -> Int64 {
            abs(depth.frame.header.captured.nanoseconds(since: set.origin.frame.captured))
        }
        return depths.min { gap($0) < gap($1) }
    }
}
