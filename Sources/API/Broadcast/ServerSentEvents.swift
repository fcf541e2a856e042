// SPDX-License-Identifier: Apache-2.0
import Core
import NIOCore
import Pipeline
import Tasks

/// Results as server-sent events: `id:` is the sequence of the exposure, `data:` one line of JSON. An event of the kind
/// `gap` stands where the camera was away.
enum ServerSentEvents {
    static let contentType = "text/event-stream"
    /// How long a browser waits before it connects again, in milliseconds.
    static let opening = ByteBuffer(string: "retry: 1000\n\n")
    static let heartbeat = ByteBuffer(string: ": alive\n\n")

    static func encode(_ gap: StreamGap) throws -> ByteBuffer {
        ByteBuffer(string: "event: gap\ndata: \(try JSONValue(encoding: gap).text)\n\n")
    }

    static func encode(_ packet: StreamPacket) throws -> ByteBuffer {
        // JSON from elsewhere may be spread over lines, which would end the event early.
        let json = try PacketJSON.text(packet).split(whereSeparator: \.isNewline).joined(separator: "\ndata: ")
        return ByteBuffer(string: "id: \(packet.sequence)\ndata: \(json)\n\n")
    }
}
