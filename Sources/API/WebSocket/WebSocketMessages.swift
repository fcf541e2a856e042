// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOWebSocket

/// What a client may send over a WebSocket: the rules of RFC 6455 that NIO's decoder leaves to others. Pure.
///
/// Nobody here has anything to hear from a client, but a message that breaks the rules comes from a program that is broken,
/// or that means another program to read it.
struct WebSocketMessages {
    /// What a frame asks for.
    enum Event {
        case nothing
        case ping(ByteBuffer)
        /// The code to answer with, two bytes or none.
        case close(ByteBuffer)
        case violation(WebSocketErrorCode)
    }

    /// The largest message a client may send, in bytes; none has anything to say.
    static let largest = 4096

    /// A message whose last fragment has not come.
    private var open: (isText: Bool, bytes: ByteBuffer)?

    mutating func receive(_ frame: WebSocketFrame) -> Event {
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return .violation(.protocolError) }
        let data = frame.unmaskedData
        switch frame.opcode {
        case .ping: return .ping(data)
        case .pong: return .nothing
        case .connectionClose: return close(data)
        case .text where open == nil: return add(data, to: (true, ByteBuffer()), isLast: frame.fin)
        case .binary where open == nil: return add(data, to: (false, ByteBuffer()), isLast: frame.fin)
        case .continuation:
            guard let open else { return .violation(.protocolError) }
            return add(data, to: open, isLast: frame.fin)
        default: return .violation(.protocolError)
        }
    }

    /// What the decoder's own refusal of a frame means; nil for errors that are none of the protocol's.
    static func violation(_ error: any Error) -> WebSocketErrorCode? {
        switch error as? NIOWebSocketError {
        case .invalidFrameLength: .messageTooLarge
        case .fragmentedControlFrame, .multiByteControlFrameLength: .protocolError
        case nil: nil
        }
    }

    private mutating func add(_ data: ByteBuffer, to message: (isText: Bool, bytes: ByteBuffer), isLast: Bool) -> Event {
        var message = message
        guard message.bytes.readableBytes + data.readableBytes <= Self.largest else { return .violation(.messageTooLarge) }
        message.bytes.writeImmutableBuffer(data)
        open = isLast ? nil : message
        // A character may be split between fragments, so that only the whole can be judged.
        guard isLast, message.isText, !Self.isText(message.bytes) else { return .nothing }
        return .violation(.dataInconsistentWithMessage)
    }

    private func close(_ data: ByteBuffer) -> Event {
        guard data.readableBytes > 0 else { return .close(data) }
        var reason = data
        guard let code = reason.readInteger(as: UInt16.self), Self.mayBeSent(code) else { return .violation(.protocolError) }
        guard Self.isText(reason) else { return .violation(.dataInconsistentWithMessage) }
        return .close(ByteBuffer(integer: code))
    }

    /// The codes that are defined and not reserved, those registered by libraries, and those for private use.
    private static func mayBeSent(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    private static func isText(_ bytes: ByteBuffer) -> Bool {
        String(validating: bytes.readableBytesView, as: UTF8.self) != nil
    }
}
