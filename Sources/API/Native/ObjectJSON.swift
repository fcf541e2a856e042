// SPDX-License-Identifier: Apache-2.0
import Core

/// One detection or track in the JSON of a result. Distances in millimetres; null where nothing is known.
struct ObjectJSON: Encodable {
    var track: Int?
    var state: String?
    var label: Int
    var labelName: String
    var confidence: Double?
    /// x_min, y_min, x_max, y_max in fractions of the picture.
    var box: [Double]
    var position: PositionMillimetres?
    var evidence: RangeEvidence?
    var landmarks: [[Double]]

    private enum Key: String, CodingKey {
        case track, state, label, confidence, box, landmarks, pixels
        case labelName = "label_name"
        case x = "x_mm"
        case y = "y_mm"
        case z = "z_mm"
        case zError = "z_error_mm"
    }

    init(_ detection: Detection, labels: [String]) {
        label = detection.label
        labelName = labels.indices.contains(detection.label) ? labels[detection.label] : String(detection.label)
        confidence = finite(detection.confidence, decimals: 4)
        let box = detection.box.clamped
        self.box = [box.xMin, box.yMin, box.xMax, box.yMax].map { finite($0, decimals: 5) ?? 0 }
        position = detection.position
        evidence = detection.evidence
        landmarks = detection.landmarks.map { [finite($0.x, decimals: 5) ?? 0, finite($0.y, decimals: 5) ?? 0] }
    }

    init(_ track: Track, labels: [String]) {
        self.init(track.detection, labels: labels)
        self.track = track.id
        state = track.state.name
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(track, forKey: .track)
        try container.encodeIfPresent(state, forKey: .state)
        try container.encode(label, forKey: .label)
        try container.encode(labelName, forKey: .labelName)
        try container.encode(confidence, forKey: .confidence)
        try container.encode(box, forKey: .box)
        try container.encode(position.flatMap { finite($0.x, decimals: 1) }, forKey: .x)
        try container.encode(position.flatMap { finite($0.y, decimals: 1) }, forKey: .y)
        try container.encode(position.flatMap { finite($0.z, decimals: 1) }, forKey: .z)
        try container.encode(evidence.flatMap { finite($0.standardErrorMillimetres, decimals: 2) }, forKey: .zError)
        try container.encode(evidence?.pixels, forKey: .pixels)
        if !landmarks.isEmpty { try container.encode(landmarks, forKey: .landmarks) }
    }
}

/// A number JSON can hold, rounded; nil for NaN and infinities.
private func finite(_ value: Float, decimals: Int) -> Double? {
    guard value.isFinite else { return nil }
    let scale = [1.0, 10, 100, 1000, 10_000, 100_000][decimals]
    return (Double(value) * scale).rounded() / scale
}
