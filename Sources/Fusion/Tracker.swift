// SPDX-License-Identifier: Apache-2.0
public import Core

/// Follows objects from frame to frame by where their boxes are and how they move. Pure: time comes in as an argument.
///
/// One frame goes through four matchings, each optimal (`AssignmentSolver`) and only between equal labels:
/// 1. confident detections with announced objects, by overlap with the predicted box;
/// 2. weak detections with announced objects still unmatched (ByteTrack's idea: a half-hidden object scores low);
/// 3. confident detections with objects out of sight, by distance and size where overlap has ended (re-association);
/// 4. what is left with objects not announced yet; what is still left begins one.
///
/// An object is announced (NEW, once) in its first frame when its score is high, else in its second frame: a person
/// shows at once, a flicker of a doubtful score never. Unseen it is LOST, its box moved on by its motion, then REMOVED
/// in three results, then forgotten. An id is never used twice.
public struct Tracker: Sendable {
    private let settings: TrackerSettings
    private var objects: [TrackedObject] = []
    private var nextID = 1
    private var last: Timestamp?

    private var solver = AssignmentSolver()
    /// Detections worth looking at, best score first; cleared as they are matched.
    private var candidates: [Detection] = []
    private var taken: [Bool] = []
    private var rows: [Int] = []
    private var columns: [Int] = []

    public init(_ settings: TrackerSettings = .standard) {
        self.settings = settings
    }

    /// Takes in what one frame shows and returns every announced object, oldest first. `instant` is the frame's capture
    /// time; one that lies before the last counts as the same instant.
    public mutating func update(_ detections: [Detection], at instant: Timestamp) -> [Track] {
        let seconds = advance(to: instant)
        admit(detections)
        for index in objects.indices where objects[index].state != .removed { objects[index].predict(seconds: seconds) }
        matchByOverlap(confident: true) { $0.isAlive }
        matchByOverlap(confident: false) { $0.isAlive }
        matchByReunion()
        matchByOverlap(confident: true) { $0.id == nil }
        settle(seconds: seconds)
        begin()
        return report()
    }
}

// The frame's steps before and after the matching.
extension Tracker {
    /// How far motion may be carried on at once: after a longer pause the picture is a new one.
    private static let longestStepSeconds: Float = 1
    /// In how many results REMOVED is reported, so that a lost datagram does not hide it.
    private static let farewells = 3
    /// Overlap from which a detection nobody claimed is a double of one that was.
    private static let echoOverlap: Float = 0.7

    /// Seconds since the last frame. After a pause in which every object must have gone, none is carried over.
    private mutating func advance(to instant: Timestamp) -> Float {
        let elapsed = last.map { Float(max(0, Double(instant.nanoseconds) - Double($0.nanoseconds)) / 1e9) } ?? 0
        last = max(instant, last ?? instant)
        if elapsed > max(10, 5 * settings.coastSeconds) {
            objects.removeAll { $0.id == nil }
            for index in objects.indices { objects[index].state = .removed }
        }
        return min(elapsed, Tracker.longestStepSeconds)
    }

    /// Picks the detections that can be tracked, best score first: finite boxes with an area, at most so many.
    private mutating func admit(_ detections: [Detection]) {
        candidates.removeAll(keepingCapacity: true)
        for detection in detections where detection.confidence >= settings.sustainThreshold && detection.box.isTrackable {
            candidates.append(detection)
        }
        candidates.sort { $0.confidence > $1.confidence }
        let limit = max(64, 3 * settings.maximumTracks)
        if candidates.count > limit { candidates.removeLast(candidates.count - limit) }
        taken.removeAll(keepingCapacity: true)
        for _ in candidates { taken.append(false) }
    }

    /// Writes the frame's outcome into the objects' states.
    private mutating func settle(seconds: Float) {
        for index in objects.indices where objects[index].state != .removed {
            if objects[index].isMatched {
                if objects[index].id != nil { objects[index].state = .tracked }
            } else {
                objects[index].miss(seconds: seconds)
                if objects[index].id != nil {
                    let isGone = objects[index].secondsUnseen > settings.coastSeconds || objects[index].hasLeftThePicture
                    objects[index].state = isGone ? .removed : .lost
                }
            }
        }
        objects.removeAll { $0.id == nil && !$0.isMatched }
    }

    /// Announces what has been seen often enough and begins an object for each confident detection nobody claims.
    private mutating func begin() {
        for index in candidates.indices where !taken[index] {
            guard candidates[index].confidence >= settings.confidenceThreshold else { break }
            if !isEcho(candidates[index]) { objects.append(TrackedObject(candidates[index])) }
        }
        announce()
    }

    /// Whether a detection is a second box around an object that already has one in this frame.
    private func isEcho(_ detection: Detection) -> Bool {
        objects.contains { object in
            object.isAlive && object.isMatched && object.detection.label == detection.label
                && object.motion.box.intersectionOverUnion(detection.box) > Tracker.echoOverlap
        }
    }

    /// Gives ids, in order of score, as long as there is room. A lost object makes room for one that is seen.
    private mutating func announce() {
        var alive = objects.count { $0.isAlive }
        for index in objects.indices where objects[index].id == nil && objects[index].isMatched {
            guard
                objects[index].hits >= settings.birthHits
                    || objects[index].detection.confidence >= settings.instantBirthConfidence
            else { continue }
            if alive >= settings.maximumTracks {
                guard dismissLongestLost() else { break }
                alive -= 1
            }
            objects[index].id = nextID
            nextID += 1
            alive += 1
        }
    }

    /// Removes the object that has been out of sight longest; false when all are seen.
    private mutating func dismissLongestLost() -> Bool {
        let lost = objects.indices.filter { objects[$0].id != nil && objects[$0].state == .lost }
        guard let index = lost.max(by: { objects[$0].secondsUnseen < objects[$1].secondsUnseen }) else { return false }
        objects[index].state = .removed
        return true
    }

    /// Every announced object; one that has been reported as removed three times is forgotten.
    private mutating func report() -> [Track] {
        var result: [Track] = []
        result.reserveCapacity(objects.count)
        for index in objects.indices {
            guard let id = objects[index].id else { continue }
            result.append(objects[index].track(id: id))
            if objects[index].state == .removed { objects[index].farewells += 1 }
        }
        objects.removeAll { $0.farewells >= Tracker.farewells }
        return result
    }
}

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
    private mutating func matchByOverlap(confident: Bool, _ belongs: (TrackedObject) -> Bool) {
        let least = confident ? settings.overlapThreshold : max(settings.overlapThreshold, Tracker.weakOverlap)
        match(confident: confident, belongs) { _, box, detection in
            let overlap = box.intersectionOverUnion(detection.box)
            return overlap >= least ? overlap : 0
        }
    }

    /// Matches what overlap could not: the detection must be of like height and within reach, which grows with the
    /// time the object has been out of sight.
    private mutating func matchByReunion() {
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

    /// Finite, with an area, and at least partly in the picture.
    fileprivate var isTrackable: Bool {
        guard xMin.isFinite, yMin.isFinite, xMax.isFinite, yMax.isFinite, abs(xMin) < 10, abs(yMin) < 10 else { return false }
        return width > 0 && height > 0 && width < 10 && height < 10 && xMax > 0 && yMax > 0 && xMin < 1 && yMin < 1
    }
}
