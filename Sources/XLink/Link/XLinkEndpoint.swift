// SPDX-License-Identifier: Apache-2.0

/// Which end of a link this is. The host picks the number of every stream; the device asks for one.
public enum XLinkRole: Sendable, Hashable {
    case host
    case device
}

/// What an end takes of its peer.
public struct XLinkLimits: Sendable, Hashable {
    /// The largest packet, whatever the peer declares. An uncompressed picture of 48 megapixels has 72 MB.
    public var packetBytes: Int
    /// Unreleased packets of all streams together.
    public var unreadBytes: Int

    public init(packetBytes: Int = 80 << 20, unreadBytes: Int = 128 << 20) {
        (self.packetBytes, self.unreadBytes) = (packetBytes, unreadBytes)
    }
}

/// A payload that is allowed to come now: read `count` bytes, then tell the endpoint with `received`.
public struct XLinkIncoming: Sendable, Hashable {
    public let stream: UInt32
    public let count: Int
    let event: Int32
}

/// What a header of the peer means for this end.
public enum XLinkEvent: Sendable, Hashable {
    /// The ping was answered (host) or has come (device).
    case connected
    /// The peer will write to a stream, and declared for how many bytes at a time.
    case peerOpened(stream: UInt32, name: String, writeSize: Int)
    /// The peer has taken note of a stream of ours.
    case opened(stream: UInt32, name: String)
    /// A payload follows. Nothing else may be read before it.
    case payload(XLinkIncoming)
    /// The peer has released a packet: there may be room for one that did not fit before.
    case credit(stream: UInt32)
    /// The peer will no longer write.
    case peerClosed(stream: UInt32)
    /// The peer has taken note that we will no longer write.
    case closed(stream: UInt32)
    /// The peer drops the link once it has our answer.
    case resetRequested
    case resetAcknowledged
}

/// What is to be done after a header of the peer: send the reply, then act upon the event.
public struct XLinkReception: Sendable, Hashable {
    public var reply: XLinkHeader?
    public var event: XLinkEvent?
}

/// One end of an XLink: streams, their numbers, credit and answers. It knows no threads, no clock and no bytes of payloads;
/// every header that it returns is to be sent, in this order. Memory is bounded whatever the peer sends: 32 streams, and
/// as many requests without an answer as they can have.
///
/// A peer that breaks the protocol makes `receive` throw, now and ever after.
public struct XLinkEndpoint: Sendable {
    public static let streamLimit = 32
    public static let packetLimit = 64
    /// The number in a device's request for a stream: the host picks one.
    static let unnumbered: UInt32 = 0xDEAD_DEAD

    /// One direction of a stream.
    struct Direction: Sendable, Hashable {
        enum State: Sendable, Hashable { case idle, asked, open, closing }
        var state = State.idle
        /// What its writer declared: so many bytes may be unreleased.
        var writeSize = 0
        var unreleased = 0
        var packets = 0

        /// Whether the writer may send so many bytes now.
        func hasCredit(_ count: Int) -> Bool { packets < XLinkEndpoint.packetLimit && count <= writeSize - unreleased }
    }

    struct Stream: Sendable, Hashable {
        let name: String
        var ours = Direction()
        var theirs = Direction()
    }

    /// A request whose answer matters.
    enum Request: Sendable, Hashable {
        case ping
        case reset
        case open(name: String, writeSize: Int)
        case close(stream: UInt32)
    }

    public let role: XLinkRole
    public let limits: XLinkLimits
    /// Why the link is over.
    public internal(set) var fault: XLinkFault?
    public internal(set) var isConnected = false
    var streams: [UInt32: Stream] = [:]
    var requests: [Int32: Request] = [:]
    package internal(set) var unreadBytes = 0
    private var nextEvent: Int32 = 1
    private var nextStream: UInt32 = 0

    public init(_ role: XLinkRole, limits: XLinkLimits = XLinkLimits()) {
        (self.role, self.limits) = (role, limits)
    }

    // MARK: What the user of this end wants

    /// The host's first event.
    public mutating func ping(at now: Int64) -> XLinkHeader {
        request(.ping, expecting: .ping, at: now)
    }

    /// Announces that this end will write to a stream, up to `writeSize` unreleased bytes. `XLinkEvent.opened` follows.
    public mutating func open(_ name: String, writeSize: Int, at now: Int64) throws(XLinkError) -> XLinkHeader {
        guard isConnected else { throw .notConnected }
        guard Self.isName(name) else { throw .invalidName(name) }
        let size = (max(1, min(writeSize, Int(Int32.max) - 63)) + 63) & ~63
        var number = streams.first { $0.value.name == name }?.key
        let isIdle = number.flatMap { streams[$0] }.map { $0.ours.state == .idle } ?? true
        guard isIdle, !isOpening(name) else { throw .alreadyOpen(name) }
        guard number != nil || streams.count + unnumberedRequests < Self.streamLimit else { throw .tooManyStreams }
        if number == nil, role == .host { number = addStream(name) }
        if let number { streams[number]?.ours.state = .asked }
        var header = request(.create, expecting: .open(name: name, writeSize: size), at: now)
        (header.name, header.size) = (name, UInt32(size))
        header.stream = role == .host ? number ?? Self.unnumbered : Self.unnumbered
        return header
    }

    /// The header before `count` bytes of payload, or nil while the peer has not released enough of what was sent before.
    public mutating func write(_ count: Int, to number: UInt32, at now: Int64) throws(XLinkError) -> XLinkHeader? {
        guard let stream = streams[number], stream.ours.state == .open else { throw .notOpen(name(of: number)) }
        let limit = stream.ours.writeSize
        guard count <= limit else { throw .packetTooLarge(stream: stream.name, bytes: count, limit: limit) }
        guard stream.ours.hasCredit(count) else { return nil }
        streams[number]?.ours.unreleased += count
        streams[number]?.ours.packets += 1
        return request(.write, stream: number, size: count, at: now)
    }

    /// Gives back the credit of one packet of `count` bytes that was read; nil when no such packet is unread.
    public mutating func release(_ count: Int, of number: UInt32, at now: Int64) -> XLinkHeader? {
        guard let theirs = streams[number]?.theirs, theirs.packets > 0, count <= theirs.unreleased else { return nil }
        streams[number]?.theirs.unreleased -= count
        streams[number]?.theirs.packets -= 1
        unreadBytes -= count
        return request(.release, stream: number, size: count, at: now)
    }

    /// Announces that this end will no longer write to a stream; nil while the peer has not released every packet, since it
    /// would refuse. `XLinkEvent.closed` follows.
    public mutating func close(_ number: UInt32, at now: Int64) throws(XLinkError) -> XLinkHeader? {
        guard let stream = streams[number], stream.ours.state == .open else { throw .notOpen(name(of: number)) }
        guard stream.ours.packets == 0 else { return nil }
        streams[number]?.ours.state = .closing
        return request(.close, expecting: .close(stream: number), stream: number, at: now)
    }

    /// Asks the peer to drop the link; a camera restarts. `XLinkEvent.resetAcknowledged` follows.
    public mutating func reset(at now: Int64) -> XLinkHeader {
        request(.reset, expecting: .reset, at: now)
    }

    /// The answer to a payload that has arrived.
    public func received(_ incoming: XLinkIncoming, at now: Int64) -> XLinkHeader {
        Self.header(
            incoming.event, .write, response: true, stream: incoming.stream, size: UInt32(clamping: incoming.count), at: now)
    }

    /// Whether a stream of this number exists in either direction.
    public func knows(_ number: UInt32) -> Bool { streams[number] != nil }

    package var streamCount: Int { streams.count }
    package var requestCount: Int { requests.count }

    // MARK: Parts

    static func isName(_ name: String) -> Bool {
        (1...XLinkHeader.longestName).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\u{FFFD}" }
    }

    func name(of number: UInt32) -> String { streams[number]?.name ?? String(number) }

    /// Whether an open of ours waits for its answer.
    private func isOpening(_ name: String) -> Bool {
        requests.values.contains { if case .open(name, _) = $0 { true } else { false } }
    }

    /// A device's requests for streams that have no number yet: they need room, too.
    private var unnumberedRequests: Int {
        requests.values.count { request in
            guard case .open(let name, _) = request else { return false }
            return !streams.values.contains { $0.name == name }
        }
    }

    /// A new stream with the next number, which is never used again on this link.
    mutating func addStream(_ name: String) -> UInt32 {
        let number = nextStream
        nextStream += 1
        streams[number] = Stream(name: name)
        return number
    }

    private mutating func request(
        _ type: XLinkEventType, expecting answer: Request? = nil, stream: UInt32 = 0, size: Int = 0, at now: Int64
    ) -> XLinkHeader {
        let event = nextEvent
        nextEvent &+= 1
        if let answer { requests[event] = answer }
        return Self.header(event, type, stream: stream, size: UInt32(clamping: size), at: now)
    }

    static func header(
        _ event: Int32, _ type: XLinkEventType, response: Bool = false, name: String = "", stream: UInt32 = 0, size: UInt32 = 0,
        flags: XLinkFlags = .acknowledged, at now: Int64
    ) -> XLinkHeader {
        let time = UInt64(clamping: now)
        return XLinkHeader(
            event: event, type: type.rawValue + (response ? XLinkEventType.response : 0), name: name,
            sentSeconds: time / 1_000_000_000, sentNanoseconds: UInt32(time % 1_000_000_000), stream: stream, size: size,
            flags: flags)
    }
}
