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
    let settings: TrackerSettings
    var objects: [TrackedObject] = []
    var nextID = 1
    var last: Timestamp?

    var solver = AssignmentSolver()
    /// Detections worth looking at, best score first; cleared as they are matched.
    var candidates: [Detection] = []
    var taken: [Bool] = []
    var rows: [Int] = []
    var columns: [Int] = []

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
