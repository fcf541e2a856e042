// SPDX-License-Identifier: Apache-2.0
package import Core

/// Results in gen1's fixed records.
package enum ResultRecords {
    /// gen1's decoded detections: i32 count, then room for 100 of 36 bytes.
    package static let detectionsByteCount = 4 + 100 * 36
    /// gen1's tracklets: i32 count, four bytes to fill, then room for 20 of 32 bytes.
    package static let trackletsByteCount = 8 + 20 * 32

    /// Detections in fractions of the picture the network saw, positions in metres; without a position all three are 0.
    package static func detections(_ detections: [Detection]) -> [UInt8] {
        var writer = ByteWriter(capacity: detectionsByteCount)
        let shown = detections.prefix(100)
        writer.append(Int32(shown.count))
        for detection in shown {
            writer.append(UInt32(clamping: detection.label))
            let (box, position) = (detection.box, detection.position)
            let metres = [position?.x, position?.y, position?.z].map { ($0 ?? 0) / 1000 }
            for value in [detection.confidence, box.xMin, box.yMin, box.xMax, box.yMax] + metres { writer.append(value) }
        }
        writer.pad(to: detectionsByteCount)
        return writer.bytes
    }

    /// Tracks, their boxes in pixels of the picture the network saw.
    package static func tracklets(_ tracks: [Track], width: Int, height: Int) -> [UInt8] {
        var writer = ByteWriter(capacity: trackletsByteCount)
        // gen1 knows no word for an object that was given up.
        let shown = tracks.filter { $0.state != .removed }.prefix(20)
        writer.append(Int32(shown.count))
        writer.append(Int32(0))
        for track in shown {
            let box = track.detection.box
            for value in [box.xMin * Float(width), box.yMin * Float(height), box.xMax * Float(width), box.yMax * Float(height)] {
                writer.append(Int32(value.rounded()))
            }
            writer.append(Int64(track.id))
            writer.append(Int32(clamping: track.detection.label))
            writer.append(Int32(track.state.rawValue))
        }
        writer.pad(to: trackletsByteCount)
        return writer.bytes
    }
}
