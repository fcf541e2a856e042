// SPDX-License-Identifier: Apache-2.0
package import Core

/// One object as it goes over the wire: everything in whole numbers.
package struct WireObject: Hashable, Sendable {
    /// 0 when the stream does not follow objects.
    package var track: UInt32
    package var state: UInt8
    package var label: UInt16
    /// 255 is certain.
    package var confidence: UInt8
    /// Left, top, right, bottom; 65535 is the right or bottom edge of the picture.
    package var box: SIMD4<UInt16>
    /// x right, y up, z forward; nil when nothing is known.
    package var millimetres: SIMD3<Int32>?

    package init(
        track: UInt32, state: UInt8, label: UInt16, confidence: UInt8, box: SIMD4<UInt16>, millimetres: SIMD3<Int32>?
    ) {
        self.track = track
        self.state = state
        self.label = label
        self.confidence = confidence
        self.box = box
        self.millimetres = millimetres
    }

    /// Quantises a track.
    package init(_ track: Track) {
        self.init(track.detection, track: UInt32(clamping: track.id), state: track.state)
    }

    /// Quantises a detection. One that nobody follows is track 0, `tracked`.
    package init(_ detection: Detection, track: UInt32 = 0, state: TrackState = .tracked) {
        let box = detection.box.clamped
        func coordinate(_ value: Float) -> UInt16 { UInt16((value * 65_535).rounded()) }
        self.init(
            track: track, state: UInt8(clamping: state.rawValue), label: UInt16(clamping: detection.label),
            confidence: detection.confidence.isNaN ? 0 : UInt8((min(1, max(0, detection.confidence)) * 255).rounded()),
            box: SIMD4(coordinate(box.xMin), coordinate(box.yMin), coordinate(box.xMax), coordinate(box.yMax)),
            millimetres: detection.position.flatMap(WireObject.millimetres))
    }

    private static func millimetres(_ position: PositionMillimetres) -> SIMD3<Int32>? {
        guard position.x.isFinite, position.y.isFinite, position.z.isFinite else { return nil }
        func whole(_ value: Float) -> Int32 { Int32(clamping: Int64(min(1e12, max(-1e12, value)).rounded())) }
        return SIMD3(whole(position.x), whole(position.y), whole(position.z))
    }

    /// Appends the array of 11 the object is in CBOR.
    package func write(to writer: inout CBORWriter) {
        writer.array(11)
        writer.unsigned(UInt64(track))
        writer.unsigned(UInt64(state))
        writer.unsigned(UInt64(label))
        writer.unsigned(UInt64(confidence))
        for index in 0..<4 { writer.unsigned(UInt64(box[index])) }
        for index in 0..<3 {
            if let millimetres { writer.integer(Int64(millimetres[index])) } else { writer.null() }
        }
    }

    package init(_ reader: inout CBORReader) throws(WireError) {
        let count = try reader.array()
        guard count >= 11 else { throw .body }
        track = UInt32(try reader.unsigned(upTo: Int(UInt32.max)))
        state = UInt8(try reader.unsigned(upTo: 255))
        label = UInt16(try reader.unsigned(upTo: 65_535))
        confidence = UInt8(try reader.unsigned(upTo: 255))
        box = SIMD4()
        for index in 0..<4 { box[index] = UInt16(try reader.unsigned(upTo: 65_535)) }
        var known = true
        var point = SIMD3<Int32>()
        for index in 0..<3 {
            if reader.takeNull() {
                known = false
            } else {
                guard let value = Int32(exactly: try reader.integer()) else { throw .body }
                point[index] = value
            }
        }
        millimetres = known ? point : nil
        for _ in 11..<count { try reader.skip() }
    }
}
