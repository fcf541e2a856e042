// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline
import Tasks

/// The JSON text of a packet of a result stream.
enum PacketJSON {
    /// - Throws: for pictures, and for figures that JSON cannot hold.
    static func text(_ packet: StreamPacket, now: Timestamp = .now()) throws -> String {
        switch packet.payload {
        case .detections(let set): try JSONValue(encoding: ResultJSON(set, now: now)).text
        case .tracks(let set): try JSONValue(encoding: ResultJSON(set, now: now)).text
        case .motion(let batch): MotionJSON.text(batch)
        case .json(let text): text
        case .frame, .jpeg, .video: throw NotAResult()
        }
    }

    struct NotAResult: Error, CustomStringConvertible {
        var description: String { "the stream holds pictures, not results" }
    }
}
