// SPDX-License-Identifier: Apache-2.0

extension CandidateList {
    /// Greedy non-maximum suppression, within each class or across all of them: of two boxes that overlap by more than `iou` the weaker goes.
    /// - Parameters:
    ///   - limit: only this many of the best candidates are considered (of each class when `limitPerClass`).
    ///   - maximum: number of the best survivors that are kept.
    /// Afterwards `candidates` holds the survivors, best first.
    package mutating func suppress(
        iou: Float, acrossLabels: Bool = false, limit: Int, limitPerClass: Bool = false, maximum: Int
    ) {
        // Equal scores keep a fixed order, so that a frame gives the same result on every machine.
        candidates.sort { ($0.score, $1.label, $1.left, $1.top) > ($1.score, $0.label, $0.left, $0.top) }
        if !limitPerClass, candidates.count > limit { candidates.removeLast(candidates.count - limit) }
        kept.removeAll(keepingCapacity: true)
        var seen: [Int: Int] = [:]
        for candidate in candidates where kept.count < maximum {
            if limitPerClass {
                let rank = seen[candidate.label, default: 0]
                guard rank < limit else { continue }
                seen[candidate.label] = rank + 1
            }
            let isCovered = kept.contains {
                (acrossLabels || $0.label == candidate.label) && $0.overlap(candidate) > iou
            }
            if !isCovered { kept.append(candidate) }
        }
        swap(&candidates, &kept)
    }
}

extension Candidate {
    fileprivate var area: Float { max(0, right - left) * max(0, bottom - top) }

    fileprivate func overlap(_ other: Candidate) -> Float {
        let width = min(right, other.right) - max(left, other.left)
        let height = min(bottom, other.bottom) - max(top, other.top)
        guard width > 0, height > 0 else { return 0 }
        return width * height / (area + other.area - width * height)
    }
}
