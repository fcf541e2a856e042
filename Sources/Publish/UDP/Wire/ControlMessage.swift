// SPDX-License-Identifier: Apache-2.0

/// Why a subscription was refused; the numbers are on the wire.
package enum RefusalCode: UInt8, Sendable {
    /// Too many subscriptions in all, or from this address.
    case full = 1
    /// A stream that does not exist.
    case stream = 2
    /// The datagrams asked for are too short for what they would have to carry.
    case bytes = 3
}

/// What the box sends, results and descriptions aside (`ResultBody`, `StreamDescription`).
package enum ControlMessage: Hashable, Sendable {
    case challenge(cookie: [UInt8], nonce: [UInt8])
    case accept(Acceptance)
    case bye
    /// `time` comes back as it was sent; `now` is the box's monotonic clock in nanoseconds.
    case pong(time: UInt64, now: UInt64)
    case refuse(code: UInt8, text: String)

    /// What an ACCEPT grants.
    package struct Acceptance: Hashable, Sendable {
        package struct Stream: Hashable {
            package var name: String
            package var id: UInt16
            package var schema: UInt32

            package init(name: String, id: UInt16, schema: UInt32) {
                self.name = name
                self.id = id
                self.schema = schema
            }
        }
        package var streams: [Stream]
        package var leaseMilliseconds: Int

        package init(streams: [Stream], leaseMilliseconds: Int) {
            self.streams = streams
            self.leaseMilliseconds = leaseMilliseconds
        }
    }

    /// The whole datagram.
    package func datagram(session: UInt32) -> [UInt8] {
        var writer = CBORWriter()
        switch self {
        case .challenge(let cookie, let nonce):
            writer.map(2)
            writer.pair("cookie", data: cookie)
            writer.pair("nonce", data: nonce)
            return WireHeader(.challenge, session).datagram(writer.bytes)
        case .accept(let acceptance):
            acceptance.write(to: &writer)
            return WireHeader(.accept, session).datagram(writer.bytes)
        case .bye:
            return WireHeader(.bye, session).datagram([])
        case .pong(let time, let now):
            writer.map(2)
            writer.pair("t", unsigned: time)
            writer.pair("now", unsigned: now)
            return WireHeader(.pong, session).datagram(writer.bytes, paddedTo: ClientMessage.paddedLength)
        case .refuse(let code, let text):
            writer.map(2)
            writer.pair("code", unsigned: UInt64(code))
            writer.pair("text", text: text)
            return WireHeader(.refuse, session).datagram(writer.bytes)
        }
    }

    /// Reads the body of a datagram whose header has been read.
    package init(_ header: WireHeader, reading datagram: [UInt8]) throws(WireError) {
        guard header.encoding == .cbor else { throw .encoding(header.encoding.rawValue) }
        var reader = CBORReader(datagram[WireHeader.length...])
        switch header.type {
        case .challenge: self = try ControlMessage.challenge(&reader)
        case .accept: self = .accept(try Acceptance(&reader))
        case .bye: self = .bye
        case .pong: self = try ControlMessage.pong(&reader)
        case .refuse: self = try ControlMessage.refuse(&reader)
        case .hello, .result, .describe, .subscribe, .keepAlive, .ping: throw .type(header.type.rawValue)
        }
    }

    private static func challenge(_ reader: inout CBORReader) throws(WireError) -> ControlMessage {
        var cookie: [UInt8]?
        var nonce: [UInt8]?
        for _ in 0..<(try reader.map()) {
            switch try reader.text() {
            case "cookie": cookie = try reader.data(count: ClientMessage.cookieLength)
            case "nonce": nonce = try reader.data(count: ClientMessage.nonceLength)
            default: try reader.skip()
            }
        }
        guard let cookie, let nonce else { throw .body }
        return .challenge(cookie: cookie, nonce: nonce)
    }

    private static func pong(_ reader: inout CBORReader) throws(WireError) -> ControlMessage {
        var time: UInt64?
        var now: UInt64?
        for _ in 0..<(try reader.map()) {
            switch try reader.text() {
            case "t": time = try reader.unsigned()
            case "now": now = try reader.unsigned()
            default: try reader.skip()
            }
        }
        guard let time, let now else { throw .body }
        return .pong(time: time, now: now)
    }

    private static func refuse(_ reader: inout CBORReader) throws(WireError) -> ControlMessage {
        var code: UInt8?
        var text = ""
        for _ in 0..<(try reader.map()) {
            switch try reader.text() {
            case "code": code = UInt8(try reader.unsigned(upTo: 255))
            case "text": text = try reader.text()
            default: try reader.skip()
            }
        }
        guard let code else { throw .body }
        return .refuse(code: code, text: text)
    }
}

extension ControlMessage.Acceptance {
    fileprivate func write(to writer: inout CBORWriter) {
        writer.map(3)
        writer.text("streams")
        writer.map(streams.count)
        for stream in streams { writer.pair(stream.name, unsigned: UInt64(stream.id)) }
        writer.text("schemas")
        writer.map(streams.count)
        for stream in streams { writer.pair(stream.name, unsigned: UInt64(stream.schema)) }
        writer.pair("lease_ms", unsigned: UInt64(leaseMilliseconds))
    }

    fileprivate init(_ reader: inout CBORReader) throws(WireError) {
        var ids: [String: Int] = [:]
        var schemas: [String: Int] = [:]
        var lease: Int?
        for _ in 0..<(try reader.map()) {
            switch try reader.text() {
            case "streams": ids = try Self.numbers(&reader, upTo: Int(UInt16.max))
            case "schemas": schemas = try Self.numbers(&reader, upTo: Int(UInt32.max))
            case "lease_ms": lease = try reader.unsigned(upTo: 3_600_000)
            default: try reader.skip()
            }
        }
        guard let lease, lease > 0 else { throw .body }
        leaseMilliseconds = lease
        streams = ids.sorted { $0.value < $1.value }.map { name, id in
            Stream(name: name, id: UInt16(id), schema: UInt32(schemas[name] ?? 0))
        }
    }

    private static func numbers(_ reader: inout CBORReader, upTo limit: Int) throws(WireError) -> [String: Int] {
        var numbers: [String: Int] = [:]
        for _ in 0..<(try reader.map()) {
            let name = try reader.text()
            numbers[name] = try reader.unsigned(upTo: limit)
        }
        return numbers
    }
}
