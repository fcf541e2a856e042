// SPDX-License-Identifier: Apache-2.0

/// What the peer says.
extension XLinkEndpoint {
    /// Takes a header of the peer at `now` (nanoseconds of the monotonic clock). After `XLinkEvent.payload`, read the payload
    /// and call `received` before the next header.
    public mutating func receive(_ header: XLinkHeader, at now: Int64) throws(XLinkFault) -> XLinkReception {
        if let fault { throw fault }
        do throws(XLinkFault) {
            guard let type = header.request else { throw XLinkFault.unknownEvent(type: header.type) }
            if header.isResponse { return XLinkReception(event: try answered(type, header)) }
            guard isConnected || role == .host || type == .ping else { throw XLinkFault.noPing(type) }
            return try asked(type, header, at: now)
        } catch {
            fault = error
            throw error
        }
    }

    private mutating func asked(_ type: XLinkEventType, _ header: XLinkHeader, at now: Int64) throws(XLinkFault) -> XLinkReception
    {
        func reply(stream: UInt32 = 0, size: UInt32 = 0, flags: XLinkFlags = .acknowledged, name: String = "") -> XLinkHeader {
            Self.header(header.event, type, response: true, name: name, stream: stream, size: size, flags: flags, at: now)
        }
        let number = header.stream
        switch type {
        case .ping:
            let isFirst = role == .device && !isConnected
            if isFirst { isConnected = true }
            return XLinkReception(reply: reply(), event: isFirst ? .connected : nil)
        case .reset:
            return XLinkReception(reply: reply(), event: .resetRequested)
        case .create:
            guard let number = try numberForPeer(header) else {
                return XLinkReception(reply: reply(flags: [.refused, .tooBig], name: header.name))
            }
            return XLinkReception(
                reply: reply(stream: number, size: header.size, name: header.name),
                event: openedByPeer(number, writeSize: Int(header.size)))
        case .write:
            return XLinkReception(event: .payload(try announced(header)))
        case .release:
            try released(header)
            return XLinkReception(reply: reply(stream: number, size: header.size), event: .credit(stream: number))
        case .close:
            let isClosed = try closedByPeer(number)
            return XLinkReception(
                reply: reply(stream: number, flags: isClosed ? .acknowledged : .refused),
                event: isClosed ? .peerClosed(stream: number) : nil)
        }
    }

    // MARK: Requests

    /// The number of a stream that the peer opens; nil when there are too many.
    private mutating func numberForPeer(_ header: XLinkHeader) throws(XLinkFault) -> UInt32? {
        let name = header.name
        guard Self.isName(name) else { throw .invalidName(name) }
        let known = streams.first { $0.value.name == name }?.key
        let hasRoom = known != nil || streams.count < Self.streamLimit
        guard role == .device else { return known ?? (hasRoom ? addStream(name) : nil) }
        try check(header.stream, isNumberOf: name)
        guard hasRoom else { return nil }
        if known == nil { streams[header.stream] = Stream(name: name) }
        return header.stream
    }

    /// A device learns numbers from the host: one for each name.
    private func check(_ number: UInt32, isNumberOf name: String) throws(XLinkFault) {
        let isContradiction = streams.contains { ($0.key == number) != ($0.value.name == name) }
        guard number != Self.unnumbered, !isContradiction else { throw .conflictingNumber(stream: name, number: number) }
    }

    /// A second request for an open stream is answered, and changes nothing.
    private mutating func openedByPeer(_ number: UInt32, writeSize: Int) -> XLinkEvent? {
        guard let stream = streams[number], stream.theirs.state == .idle else { return nil }
        streams[number]?.theirs = Direction(state: .open, writeSize: writeSize)
        return .peerOpened(stream: number, name: stream.name, writeSize: writeSize)
    }

    /// Permission for a payload, or a fault before a byte of it is read.
    private mutating func announced(_ header: XLinkHeader) throws(XLinkFault) -> XLinkIncoming {
        let count = Int(header.size)
        guard let stream = streams[header.stream] else { throw .unknownStream(.write, number: header.stream) }
        guard stream.theirs.state == .open else { throw .notOpened(.write, stream: stream.name) }
        let declared = min(stream.theirs.writeSize, limits.packetBytes)
        guard count <= declared else { throw .packetTooLarge(stream: stream.name, bytes: count, declared: declared) }
        guard stream.theirs.packets < Self.packetLimit else { throw .tooManyPackets(stream: stream.name) }
        guard stream.theirs.hasCredit(count) else {
            throw .creditExceeded(
                stream: stream.name, bytes: stream.theirs.unreleased + count, declared: stream.theirs.writeSize)
        }
        guard unreadBytes + count <= limits.unreadBytes else {
            throw .unreadBytes(stream: stream.name, limit: limits.unreadBytes)
        }
        streams[header.stream]?.theirs.unreleased += count
        streams[header.stream]?.theirs.packets += 1
        unreadBytes += count
        return XLinkIncoming(stream: header.stream, count: count, event: header.event)
    }

    private mutating func released(_ header: XLinkHeader) throws(XLinkFault) {
        let count = Int(header.size)
        guard let stream = streams[header.stream] else { throw .unknownStream(.release, number: header.stream) }
        let ours = stream.ours
        // Packets may be released in any order, but the last one has to leave nothing behind.
        guard ours.packets > 1 ? count <= ours.unreleased : ours.packets == 1 && count == ours.unreleased else {
            throw .releasedTooMuch(stream: stream.name, bytes: count, unreleased: ours.unreleased)
        }
        streams[header.stream]?.ours.unreleased -= count
        streams[header.stream]?.ours.packets -= 1
    }

    /// False when packets are unread: the peer has to wait.
    private mutating func closedByPeer(_ number: UInt32) throws(XLinkFault) -> Bool {
        guard let stream = streams[number] else { throw .unknownStream(.close, number: number) }
        guard stream.theirs.state == .open else { throw .notOpened(.close, stream: stream.name) }
        guard stream.theirs.packets == 0 else { return false }
        streams[number]?.theirs = Direction()
        forgetIfClosed(number)
        return true
    }

    private mutating func forgetIfClosed(_ number: UInt32) {
        guard let stream = streams[number], stream.ours.state == .idle, stream.theirs.state == .idle else { return }
        streams[number] = nil
    }

    // MARK: Answers

    /// Answers are known by their event number; what comes twice, or without a request, is ignored.
    private mutating func answered(_ type: XLinkEventType, _ header: XLinkHeader) throws(XLinkFault) -> XLinkEvent? {
        let isAcknowledged = header.flags.contains(.acknowledged) && !header.flags.contains(.refused)
        switch (type, requests[header.event]) {
        case (.write, _), (.release, _):
            guard isAcknowledged else {
                throw .refused(type, stream: type == .write ? name(of: header.stream) : "", flags: header.flags)
            }
            return nil
        case (.ping, .ping):
            guard isAcknowledged else { throw .refused(.ping, stream: "", flags: header.flags) }
            requests[header.event] = nil
            isConnected = true
            return .connected
        case (.reset, .reset):
            // A refusal says as much: the peer has read it.
            requests[header.event] = nil
            return .resetAcknowledged
        case (.create, .open(let name, let writeSize)):
            guard isAcknowledged else { throw .refused(.create, stream: name, flags: header.flags) }
            requests[header.event] = nil
            return try openedByUs(header.stream, name: name, writeSize: writeSize)
        case (.close, .close(let number)):
            guard isAcknowledged else { throw .refused(.close, stream: name(of: number), flags: header.flags) }
            requests[header.event] = nil
            streams[number]?.ours = Direction()
            forgetIfClosed(number)
            return .closed(stream: number)
        default:
            return nil
        }
    }

    private mutating func openedByUs(_ number: UInt32, name: String, writeSize: Int) throws(XLinkFault) -> XLinkEvent {
        try check(number, isNumberOf: name)
        if streams[number] == nil { streams[number] = Stream(name: name) }
        streams[number]?.ours = Direction(state: .open, writeSize: writeSize)
        return .opened(stream: number, name: name)
    }
}
