// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import NIOCore
import Pipeline

/// Live pictures as browsers and OpenCV read them: `multipart/x-mixed-replace` with one JPEG in each part.
enum MJPEGWriter {
    static let contentType = "multipart/x-mixed-replace; boundary=frame"
    /// What comes before the first part.
    static let opening = ByteBuffer(string: "--frame\r\n")

    /// A function for one thread that makes parts. Each part ends with the next boundary: browsers show a picture when
    /// they see the boundary after it, and would otherwise always be one frame late.
    static func encoder(quality: Int) throws -> (StreamPacket) throws -> ByteBuffer {
        let encoder = try JPEGEncoder(quality: quality)
        return { packet in
            guard case .frame(let frame) = packet.payload else {
                throw CodecError.encodingFailed("the stream holds no pictures")
            }
            let picture = try encoder.encode(frame)
            let head =
                "Content-Type: image/jpeg\r\nContent-Length: \(picture.count)\r\nX-Sequence: \(packet.sequence)\r\n"
                + "X-Capture-Ns: \(frame.header.deviceNanoseconds)\r\n\r\n"
            var part = ByteBuffer()
            part.reserveCapacity(head.utf8.count + picture.count + 11)
            part.writeString(head)
            part.writeBytes(picture)
            part.writeString("\r\n--frame\r\n")
            return part
        }
    }
}
