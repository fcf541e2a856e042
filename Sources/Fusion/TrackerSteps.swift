// SPDX-License-Identifier: Apache-2.0
import Core

// The frame's steps before and after the matching.
extension Tracker {
    /// How far motion may be carried on at once: after a longer pause the picture is a new one.
    private static let longestStepSeconds: Float = 1
    /// In how many results REMOVED is reported, so that a lost datagram does not hide it.
    private static let farewells = 3
    /// Overlap from which a detection nobody claimed is a double of one that was.
    private static let echoOverlap: Float = 0.7

    /// Seconds since the last frame. After a pause in which every object must have gone, none is carried over.
    mutating func advance(to instant: Timestamp) -> Float {
        let elapsed = last.map { Float(max(0, Double(instant.nanoseconds) - Double($0.nanoseconds)) / 1e9) } ?? 0
        last = max(instant, last ?? instant)
        if elapsed > max(10, 5 * settings.coastSeconds) {
            objects.removeAll { $0.id == nil }
            for index in objects.indices { objects[index].state = .removed }
        }
        return min(elapsed, Tracker.longestStepSeconds)
    }

    /// Picks the detections that can be tracked, best score first: finite boxes with an area, at most so many.
    mutating func admit(_ detections: [Detection]) {
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
    mutating func settle(seconds: Float) {
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
    mutating func begin() {
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
    mutating func report() -> [Track] {
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

extension NormalizedBox {
    /// Finite, with an area, and at least partly in the picture.
    var isTrackable: Bool {
        guard xMin.isFinite, yMin.isFinite, xMax.isFinite, yMax.isFinite, abs(xMin) < 10, abs(yMin) < 10 else { return false }
        return width > 0 && height > 0 && width < 10 && height < 10 && xMax > 0 && yMax > 0 && xMin < 1 && yMin < 1
    }
}
