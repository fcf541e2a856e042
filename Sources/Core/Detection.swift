// SPDX-License-Identifier: Apache-2.0

/// Something a network found: what, how sure, where in the picture, and where in space when depth could say so.
public struct Detection: Sendable, Hashable {
    /// Index into the network's labels.
    public var label: Int
    /// 0...1.
    public var confidence: Float
    /// In fractions of the picture the network looked at (the camera's full frame, letterbox undone).
    public var box: NormalizedBox
    /// Face or plate landmarks in the same fractions, in the network's order; empty for most networks.
    public var landmarks: [SIMD2<Float>]
    /// nil when no valid depth stood behind the box.
    public var position: PositionMillimetres?
    /// The measurement behind `position`; nil without one.
    public var evidence: RangeEvidence?

    public init(
        label: Int, confidence: Float, box: NormalizedBox, landmarks: [SIMD2<Float>] = [], position: PositionMillimetres? = nil,
        evidence: RangeEvidence? = nil
    ) {
        self.label = label
        self.confidence = confidence
        self.box = box
        self.landmarks = landmarks
        self.position = position
        self.evidence = evidence
    }
}

/// How far a robot may trust a measured distance.
public struct RangeEvidence: Sendable, Hashable {
    /// Depth pixels that were used.
    public var pixels: Int
    /// Standard error of the distance in millimetres: two of three true distances lie within it, 95 % within twice as much.
    /// It holds the scatter of the pixels and the matcher's own error, not that of the calibration (a baseline wrong by 1 %
    /// makes every distance wrong by 1 %).
    public var standardErrorMillimetres: Float

    public init(pixels: Int, standardErrorMillimetres: Float) {
        self.pixels = pixels
        self.standardErrorMillimetres = standardErrorMillimetres
    }
}

/// Where a track is in its life; the numbers are those of gen1.
public enum TrackState: Int, Sendable, Hashable {
    case new = 0
    case tracked = 1
    case lost = 2
    /// Announced by publishers in three frames, then forgotten.
    case removed = 3

    /// The gen1 word.
    public var name: String {
        switch self {
        case .new: "NEW"
        case .tracked: "TRACKED"
        case .lost: "LOST"
        case .removed: "REMOVED"
        }
    }
}

/// One object followed over time.
public struct Track: Sendable, Hashable {
    /// Never used twice by a camera.
    public var id: Int
    public var state: TrackState
    /// The last matched detection, its box moved to where the object is believed to be now.
    public var detection: Detection

    public init(id: Int, state: TrackState, detection: Detection) {
        self.id = id
        self.state = state
        self.detection = detection
    }
}

/// The exposure a result belongs to.
public struct ResultOrigin: Sendable, Hashable {
    /// Header of the frame the network looked at.
    public var frame: FrameHeader
    /// Time spent on the frame, stage by stage.
    public var timing: ResultTiming
    /// Capture time of the depth frame used minus that of the network's frame, in nanoseconds; nil without depth.
    public var depthSkewNanoseconds: Int64?

    public init(frame: FrameHeader, timing: ResultTiming, depthSkewNanoseconds: Int64? = nil) {
        self.frame = frame
        self.timing = timing
        self.depthSkewNanoseconds = depthSkewNanoseconds
    }
}

/// Wall time of the stages a result went through, in nanoseconds.
public struct ResultTiming: Sendable, Hashable {
    /// Rectification, matching and filtering; 0 when the result has no depth.
    public var stereo: Int64
    /// Preprocessing, network and decoding.
    public var inference: Int64
    /// Depth to boxes, and tracking.
    public var fusion: Int64

    public init(stereo: Int64 = 0, inference: Int64 = 0, fusion: Int64 = 0) {
        self.stereo = stereo
        self.inference = inference
        self.fusion = fusion
    }
}

/// Everything a network found in one frame (stream `metaout`).
public struct DetectionSet: Sendable {
    public var origin: ResultOrigin
    /// Names of the labels; may be empty.
    public var labels: [String]
    public var detections: [Detection]
    /// The network's raw outputs when it has no decoder.
    public var tensors: [Tensor]

    public init(origin: ResultOrigin, labels: [String], detections: [Detection], tensors: [Tensor] = []) {
        self.origin = origin
        self.labels = labels
        self.detections = detections
        self.tensors = tensors
    }
}

/// Every object being followed after one frame (stream `object_tracker`).
public struct TrackSet: Sendable {
    public var origin: ResultOrigin
    public var labels: [String]
    public var tracks: [Track]

    public init(origin: ResultOrigin, labels: [String], tracks: [Track]) {
        self.origin = origin
        self.labels = labels
        self.tracks = tracks
    }
}
