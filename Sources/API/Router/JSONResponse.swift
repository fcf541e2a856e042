// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The kinds of answers the server gives.
enum JSONResponse {
    static func bytes(_ buffer: ByteBuffer, type: String, status: HTTPResponse.Status = .ok) -> Response {
        let headers: HTTPFields = [
            .contentType: type, .contentLength: "\(buffer.readableBytes)", .cacheControl: "no-store",
            .xContentTypeOptions: "nosniff",
        ]
        return Response(status: status, headers: headers, body: .init(byteBuffer: buffer))
    }

    static func json(text: String, status: HTTPResponse.Status = .ok) -> Response {
        bytes(ByteBuffer(string: text), type: "application/json", status: status)
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        do {
            return bytes(ByteBuffer(bytes: try encoder().encode(value)), type: "application/json", status: status)
        } catch {
            // Only a number that is not finite gets here: report that rather than send another number.
            let text = #"{"error":{"code":"internal","message":"a figure of this answer is not a finite number"}}"#
            return json(text: text, status: .internalServerError)
        }
    }

    /// A body without a length, of any type: live pictures, video and events.
    static func stream(type: String, body: ResponseBody) -> Response {
        let headers: HTTPFields = [
            .contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff", .xAccelBuffering: "no",
        ]
        return Response(status: .ok, headers: headers, body: body)
    }

    static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension HTTPField.Name {
    /// Keeps nginx from collecting a live stream.
    static var xAccelBuffering: HTTPField.Name { HTTPField.Name("X-Accel-Buffering")! }
}
