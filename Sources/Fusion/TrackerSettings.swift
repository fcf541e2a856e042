// SPDX-License-Identifier: Apache-2.0

/// What the tracker may be told. The defaults are those of gen1 where gen1 has the setting.
public struct TrackerSettings: Sendable, Hashable {
    /// Objects alive (new, tracked or lost) at once, 0...200; gen1: 20.
    public let maximumTracks: Int
    /// Only detections at or above this score begin a track, 0...1; gen1: 0.5.
    public let confidenceThreshold: Float
    /// Detections between this score and `confidenceThreshold` keep a track alive that is being seen, but never begin
    /// one (0...`confidenceThreshold`).
    public let sustainThreshold: Float
    /// How long an object that is not seen stays LOST before it is REMOVED, 0...60 seconds.
    public let coastSeconds: Float
    /// In how many frames an object must be seen before it is announced, 1...10.
    public let birthHits: Int
    /// An object whose detection has at least this score is announced in its first frame whatever `birthHits` says.
    public let instantBirthConfidence: Float
    /// Overlap (intersection over union) from which a detection may belong to a track, 0...1.
    public let overlapThreshold: Float

    /// - Throws: `FusionError.outOfRange` naming the field.
    public init(
        maximumTracks: Int = 20, confidenceThreshold: Float = 0.5, sustainThreshold: Float = 0.1, coastSeconds: Float = 2,
        birthHits: Int = 2, instantBirthConfidence: Float = 0.8, overlapThreshold: Float = 0.2
    ) throws(FusionError) {
        try FusionError.check(maximumTracks, in: 0...200, "maximumTracks")
        try FusionError.check(confidenceThreshold, in: 0...1, "confidenceThreshold")
        try FusionError.check(sustainThreshold, in: 0...confidenceThreshold, "sustainThreshold")
        try FusionError.check(coastSeconds, in: 0...60, "coastSeconds")
        try FusionError.check(birthHits, in: 1...10, "birthHits")
        try FusionError.check(instantBirthConfidence, in: 0...1, "instantBirthConfidence")
        try FusionError.check(overlapThreshold, in: 0...1, "overlapThreshold")
        self.maximumTracks = maximumTracks
        self.confidenceThreshold = confidenceThreshold
        self.sustainThreshold = sustainThreshold
        self.coastSeconds = coastSeconds
        self.birthHits = birthHits
        self.instantBirthConfidence = instantBirthConfidence
        self.overlapThreshold = overlapThreshold
    }

    /// Every default.
    public static let standard = TrackerSettings()

    private init() {
        maximumTracks = 20
        confidenceThreshold = 0.5
        sustainThreshold = 0.1
        coastSeconds = 2
        birthHits = 2
        instantBirthConfidence = 0.8
        overlapThreshold = 0.2
    }
}
