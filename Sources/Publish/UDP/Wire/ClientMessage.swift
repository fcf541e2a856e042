// SPDX-License-Identifier: Apache-2.0

/// What a subscriber asks for.
package struct SubscribeRequest: Hashable, Sendable {
    /// `camera/stream`; nil for every result stream of every camera.
    package var streams: [String]?
    /// Datagrams per second and stream, above 0; nil for every frame.
    package var rate: Double?
    /// The longest datagram the subscriber wants.
    package var bytes = WireHeader.largestDatagram
    package var encoding = ResultEncoding.cbor

    package init() {}
}

/// What subscribers send.
package enum ClientMessage: Hashable, Sendable {
    case hello(nonce: [UInt8])
    case subscribe(cookie: [UInt8], nonce: [UInt8], SubscribeRequest)
    case keepAlive(seen: UInt32, lost: Int)
    case bye
    /// `time` is the sender's own clock, in any unit.
    case ping(time: UInt64)

    package static let nonceLength = 8
    package static let cookieLength = 16
    /// HELLO and PING are filled up to this, so that the answer is never longer than the question.
    package static let paddedLength = 64

    /// Reads the body of a datagram whose header has been read.
    package init(_ header: WireHeader, reading datagram: [UInt8]) throws(WireError) {
        guard header.encoding == .cbor else { throw .encoding(header.encoding.rawValue) }
        var fields = Fields()
        if header.type != .bye { try fields.read(datagram[WireHeader.length...]) }
        switch header.type {
        case .hello:
            guard let nonce = fields.nonce else { throw .body }
            self = .hello(nonce: nonce)
        case .subscribe:
            guard let nonce = fields.nonce, let cookie = fields.cookie else { throw .body }
            self = .subscribe(cookie: cookie, nonce: nonce, fields.request)
        case .keepAlive:
            guard let seen = fields.seen else { throw .body }
            self = .keepAlive(seen: seen, lost: fields.lost)
        case .bye:
            self = .bye
        case .ping:
            guard let time = fields.time else { throw .body }
            self = .ping(time: time)
        case .challenge, .result, .describe, .accept, .pong, .refuse:
            throw .type(header.type.rawValue)
        }
    }

    /// The keys of all client messages in one place; a message picks its own.
    private struct Fields {
        var nonce: [UInt8]?
        var cookie: [UInt8]?
        var request = SubscribeRequest()
        var seen: UInt32?
        var lost = 0
        var time: UInt64?

        /// Streams one subscriber may name, and the longest name: camera (32) / stream.
        static let limits = (streams: 64, name: 64)

        mutating func read(_ body: ArraySlice<UInt8>) throws(WireError) {
            var reader = CBORReader(body)
            for _ in 0..<(try reader.map()) {
                switch try reader.text() {
                case "nonce": nonce = try reader.data(count: ClientMessage.nonceLength)
                case "cookie": cookie = try reader.data(count: ClientMessage.cookieLength)
                case "streams": request.streams = try Fields.names(&reader)
                case "rate":
                    let rate = try reader.unsigned(upTo: 1_000_000)
                    guard rate > 0 else { throw .body }
                    request.rate = Double(rate)
                case "bytes":
                    let bytes = try reader.unsigned(upTo: 65_535)
                    guard bytes >= 256 else { throw .body }
                    request.bytes = min(bytes, WireHeader.largestDatagram)
                case "encoding":
                    let code = UInt8(try reader.unsigned(upTo: 255))
                    guard let encoding = ResultEncoding(rawValue: code) else { throw .encoding(code) }
                    request.encoding = encoding
                case "seen": seen = UInt32(try reader.unsigned(upTo: Int(UInt32.max)))
                case "lost": lost = try reader.unsigned(upTo: Int(UInt32.max))
                case "t": time = try reader.unsigned()
                default: try reader.skip()
                }
            }
        }

        private static func names(_ reader: inout CBORReader) throws(WireError) -> [String] {
            let count = try reader.array()
            guard count <= limits.streams else { throw .body }
            var names: [String] = []
            for _ in 0..<count {
                let name = try reader.text()
                guard name.utf8.count <= limits.name else { throw .body }
                if !names.contains(name) { names.append(name) }
            }
            return names
        }
    }

    /// The whole datagram.
    /// - Parameter sequence: a number that rises with every datagram of a subscriber; boxes without a key ignore it.
    package func datagram(session: UInt32 = 0, sequence: UInt32 = 0) -> [UInt8] {
        var writer = CBORWriter()
        func header(_ type: MessageType, _ session: UInt32) -> WireHeader {
            var header = WireHeader(type, session)
            header.sequence = sequence
            return header
        }
        switch self {
        case .hello(let nonce):
            writer.map(1)
            writer.pair("nonce", data: nonce)
            return header(.hello, 0).datagram(writer.bytes, paddedTo: ClientMessage.paddedLength)
        case .subscribe(let cookie, let nonce, let request):
            ClientMessage.write(cookie, nonce, request, to: &writer)
            return header(.subscribe, 0).datagram(writer.bytes)
        case .keepAlive(let seen, let lost):
            writer.map(2)
            writer.pair("seen", unsigned: UInt64(seen))
            writer.pair("lost", unsigned: UInt64(max(0, lost)))
            return header(.keepAlive, session).datagram(writer.bytes)
        case .bye:
            return header(.bye, session).datagram([])
        case .ping(let time):
            writer.map(1)
            writer.pair("t", unsigned: time)
            return header(.ping, session).datagram(writer.bytes, paddedTo: ClientMessage.paddedLength)
        }
    }

    private static func write(_ cookie: [UInt8], _ nonce: [UInt8], _ request: SubscribeRequest, to writer: inout CBORWriter) {
        writer.map(4 + (request.streams == nil ? 0 : 1) + (request.rate == nil ? 0 : 1))
        writer.pair("cookie", data: cookie)
        writer.pair("nonce", data: nonce)
        if let streams = request.streams {
            writer.text("streams")
            writer.array(streams.count)
            for name in streams { writer.text(name) }
        }
        if let rate = request.rate { writer.pair("rate", unsigned: UInt64(max(1, min(1e6, rate)))) }
        writer.pair("bytes", unsigned: UInt64(request.bytes))
        writer.pair("encoding", unsigned: UInt64(request.encoding.rawValue))
    }
}

extension WireHeader {
    init(_ type: MessageType, _ session: UInt32) {
        self.init(type)
        self.session = session
    }
}

extension CBORWriter {
    mutating func pair(_ key: String, unsigned value: UInt64) {
        text(key)
        unsigned(value)
    }

    mutating func pair(_ key: String, data value: [UInt8]) {
        text(key)
        data(value)
    }

    mutating func pair(_ key: String, text value: String) {
        text(key)
        text(value)
    }
}
