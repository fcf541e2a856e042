// SPDX-License-Identifier: Apache-2.0

/// What a peer did that no peer may: the link ends, because the next byte can no longer be trusted.
public enum XLinkFault: Error, Sendable, Hashable {
    case unknownEvent(type: UInt32)
    case noPing(XLinkEventType)
    case invalidName(String)
    /// Two numbers for one name, or two names for one number.
    case conflictingNumber(stream: String, number: UInt32)
    case unknownStream(XLinkEventType, number: UInt32)
    case notOpened(XLinkEventType, stream: String)
    case packetTooLarge(stream: String, bytes: Int, declared: Int)
    case creditExceeded(stream: String, bytes: Int, declared: Int)
    case tooManyPackets(stream: String)
    case releasedTooMuch(stream: String, bytes: Int, unreleased: Int)
    case refused(XLinkEventType, stream: String, flags: XLinkFlags)
    case untakenAnswers(Int)
    /// The one that this end has a part in: nobody here reads what the peer may rightly send.
    case unreadBytes(stream: String, limit: Int)
}

extension XLinkFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownEvent(let type): "The peer sent an event of type \(type), which XLink does not have"
        case .noPing(let type): "The peer started with \(type) instead of ping; it does not speak XLink"
        case .invalidName(let name): "The peer named a stream '\(name)'; names have 1 to 51 characters and no control characters"
        case .conflictingNumber(let stream, let number):
            "The peer numbered stream '\(stream)' \(number), which contradicts an earlier event"
        case .unknownStream(let type, let number): "The peer sent \(type) for stream \(number), which does not exist"
        case .notOpened(let type, let stream): "The peer sent \(type) for stream '\(stream)', which it has not opened"
        case .packetTooLarge(let stream, let bytes, let declared):
            "The peer announced a packet of \(bytes) bytes on stream '\(stream)', which takes at most \(declared)"
        case .creditExceeded(let stream, let bytes, let declared):
            "The peer sent \(bytes) unreleased bytes on stream '\(stream)', which takes at most \(declared)"
        case .tooManyPackets(let stream):
            "The peer sent more than \(XLinkEndpoint.packetLimit) unreleased packets on stream '\(stream)'"
        case .releasedTooMuch(let stream, let bytes, let unreleased):
            "The peer released \(bytes) bytes on stream '\(stream)', of which \(unreleased) are not yet released"
        case .refused(let type, let stream, let flags):
            "The peer refused \(type)\(stream.isEmpty ? "" : " of stream '\(stream)'") with flags 0x\(String(flags.rawValue, radix: 16))"
        case .untakenAnswers(let count): "The peer goes on sending and takes none of \(count) answers"
        case .unreadBytes(let stream, let limit):
            "More than \(limit) bytes of the peer's packets are unread, the last on stream '\(stream)'; read the streams you open"
        }
    }
}
