// SPDX-License-Identifier: Apache-2.0
import Core

/// One object inside the tracker, from its first detection to the end of its announcements.
struct TrackedObject: Sendable {
    /// nil until the object is announced, so that an id is never spent on a flicker.
    var id: Int?
    var state = TrackState.new
    /// The last matched detection as it came.
    private(set) var detection: Detection
    private(set) var motion: BoxMotion
    private var space: PositionMotion?
    private(set) var hits = 1
    private(set) var secondsUnseen: Float = 0
    /// How often `removed` has been reported.
    var farewells = 0
    /// Whether a detection of the present frame has been given to it.
    private(set) var isMatched = true
    /// Whether depth was measured in the frame of the last report.
    private var measuredNow: Bool

    init(_ detection: Detection) {
        self.detection = detection
        motion = BoxMotion(detection.box)
        space = TrackedObject.usable(detection.position).map { PositionMotion($0, evidence: detection.evidence) }
        measuredNow = space != nil
    }

    /// Announced and not removed.
    var isAlive: Bool { id != nil && state != .removed }
    var isSeen: Bool { secondsUnseen == 0 }

    /// What publishers get: the last matched detection, moved to where the object is now.
    func track(id: Int) -> Track {
        var shown = detection
        shown.box = motion.box.clamped
        shown.position = space?.position
        shown.evidence = shown.position != nil && measuredNow ? detection.evidence : nil
        return Track(id: id, state: state, detection: shown)
    }

    mutating func predict(seconds: Float) {
        isMatched = false
        if !isSeen { motion.freezeSize() }
        motion.predict(seconds: seconds)
        space?.predict(seconds: seconds)
    }

    mutating func match(_ seen: Detection, confident: Bool) {
        motion.correct(seen.box, confident: confident)
        measuredNow = false
        if let measured = TrackedObject.usable(seen.position) {
            if space == nil {
                space = PositionMotion(measured, evidence: seen.evidence)
                measuredNow = true
            } else {
                measuredNow = space?.correct(measured, evidence: seen.evidence) ?? false
            }
        }
        detection = seen
        hits += 1
        secondsUnseen = 0
        isMatched = true
    }

    /// Whether its centre has moved out of the picture: nothing will match it any more.
    var hasLeftThePicture: Bool {
        !(0...1).contains(motion.box.centerX) || !(0...1).contains(motion.box.centerY)
    }

    mutating func miss(seconds: Float) {
        // A frame with the time of the last one counts too: the object was looked for and not found.
        secondsUnseen += max(seconds, .leastNormalMagnitude)
        measuredNow = false
    }

    private static func usable(_ position: PositionMillimetres?) -> PositionMillimetres? {
        guard let position, position.x.isFinite, position.y.isFinite, position.z.isFinite, position.z > 0 else { return nil }
        return position
    }
}
