// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore
import Tasks

/// The kinds of answers the server gives.
enum JSONResponse {
    static func bytes(_ buffer: ByteBuffer, type: String, status: HTTPResponse.Status = .ok) -> Response {
        let headers: HTTPFields = [
            .contentType: type, .contentLength: "\(buffer.readableBytes)", .cacheControl: "no-store",
            .xContentTypeOptions: "nosniff",
        ]
        return Response(status: status, headers: headers, body: .init(byteBuffer: buffer))
    }

    /// - Parameter text: JSON that somebody else has written.
    static func json(text: String, status: HTTPResponse.Status = .ok) -> Response {
        bytes(ByteBuffer(string: text), type: "application/json", status: status)
    }

    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        bytes(ByteBuffer(bytes: value.bytes()), type: "application/json", status: status)
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        do {
            return json(try JSONValue(encoding: value), status: status)
        } catch {
            // Only a number that is not finite gets here: report that rather than send another number.
            return HTTPError(
                status: .internalServerError, code: "internal", message: "a figure of this answer is not a finite number"
            ).response
        }
    }

    /// A body without a length, of any type: live pictures, video and events.
    static func stream(type: String, body: ResponseBody) -> Response {
        let headers: HTTPFields = [
            .contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff", .xAccelBuffering: "no",
        ]
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension HTTPField.Name {
    /// Keeps nginx from collecting a live stream.
    static var xAccelBuffering: HTTPField.Name { HTTPField.Name("X-Accel-Buffering")! }
}
