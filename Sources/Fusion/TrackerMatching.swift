// SPDX-License-Identifier: Apache-2.0
import Core

// Which detection belongs to which object. The constants were tuned on two pedestrian sequences (25 frames/s, real
// detector) and seven road sequences (10 frames/s) together.
extension Tracker {
    /// Overlap a weak detection needs: it may be anything.
    private static let weakOverlap: Float = 0.3
    /// How far, in box sizes, an object may turn up from where it was expected; more for each second out of sight.
    private static let reach: Float = 1.2
    private static let reachPerSecond: Float = 1
    private static let longestReach: Float = 2
    /// Smaller height over larger height of what may be the same object.
    private static let leastLikeness: Float = 0.65

    /// One matching between the objects that `belongs` picks and the free detections of one tier of scores.
    private mutating func match(
        confident: Bool, _ belongs: (TrackedObject) -> Bool, weight: (TrackedObject, NormalizedBox, Detection) -> Float
    ) {
        rows.removeAll(keepingCapacity: true)
        columns.removeAll(keepingCapacity: true)
        for index in objects.indices where !objects[index].isMatched && belongs(objects[index]) { rows.append(index) }
        for index in candidates.indices
        where !taken[index] && (candidates[index].confidence >= settings.confidenceThreshold) == confident {
            columns.append(index)
        }
        guard !rows.isEmpty, !columns.isEmpty else { return }
        solver.prepare(rows: rows.count, columns: columns.count)
        for (row, object) in rows.enumerated() {
            let box = objects[object].motion.box
            for (column, candidate) in columns.enumerated() where candidates[candidate].label == objects[object].detection.label {
                solver.weights[row * columns.count + column] = weight(objects[object], box, candidates[candidate])
            }
        }
        solver.solve()
        for (row, object) in rows.enumerated() where solver.columnOfRow[row] >= 0 {
            let candidate = columns[solver.columnOfRow[row]]
            taken[candidate] = true
            objects[object].match(candidates[candidate], confident: confident)
        }
    }

    /// Matches by overlap with the predicted box; a weak detection needs more of it.
    mutating func matchByOverlap(confident: Bool, _ belongs: (TrackedObject) -> Bool) {
        let least = confident ? settings.overlapThreshold : max(settings.overlapThreshold, Tracker.weakOverlap)
        match(confident: confident, belongs) { _, box, detection in
            let overlap = box.intersectionOverUnion(detection.box)
            return overlap >= least ? overlap : 0
        }
    }

    /// Matches what overlap could not: the detection must be of like height and within reach, which grows with the
    /// time the object has been out of sight.
    mutating func matchByReunion() {
        match(confident: true, { $0.isAlive }) { object, box, detection in
            let reach = min(Tracker.longestReach, Tracker.reach + Tracker.reachPerSecond * object.secondsUnseen)
            let likeness = min(box.height, detection.box.height) / max(box.height, detection.box.height)
            let distance = box.relativeDistance(to: detection.box)
            guard distance < reach, likeness >= Tracker.leastLikeness else { return 0 }
            return likeness * (1 - distance / reach) + .leastNormalMagnitude
        }
    }
}

extension NormalizedBox {
    /// Distance of the centres in units of the boxes' mean width and height, so that the picture's shape cancels.
    fileprivate func relativeDistance(to other: NormalizedBox) -> Float {
        let x = (centerX - other.centerX) / ((width + other.width) / 2)
        let y = (centerY - other.centerY) / ((height + other.height) / 2)
        return (x * x + y * y).squareRoot()
    }
}
