// SPDX-License-Identifier: Apache-2.0

/// What a datagram is.
package enum MessageType: UInt8, CaseIterable, Sendable {
    case hello = 1, challenge, result, describe, subscribe, accept, keepAlive, bye, ping, pong, refuse
}

/// How the body of a RESULT is written. All other bodies are CBOR.
public enum ResultEncoding: UInt8, Sendable, Hashable, CaseIterable {
    case cbor = 0
    case json = 1
}

/// The 24 bytes every datagram begins with, all numbers in network byte order. See `docs/udp.md`.
package struct WireHeader: Hashable, Sendable {
    package static let length = 24
    package static let version: UInt8 = 1
    /// No datagram of ours is longer, so that none is ever cut in fragments on the way.
    package static let largestDatagram = 1200

    /// More objects existed than were sent.
    package static let truncated: UInt8 = 1 << 0
    /// The clock of the box follows UTC.
    package static let clockSynchronised: UInt8 = 1 << 1
    /// The datagram ends with a `DatagramSeal`.
    package static let authenticated: UInt8 = 1 << 7
    static let flagsOffset = 7

    package var type: MessageType
    package var encoding = ResultEncoding.cbor
    package var flags: UInt8 = 0
    package var session: UInt32 = 0
    package var sequence: UInt32 = 0
    package var part: UInt8 = 0
    package var parts: UInt8 = 1
    package var stream: UInt16 = 0
    package var schema: UInt32 = 0

    package init(_ type: MessageType) {
        self.type = type
    }

    /// Reads the header of a datagram.
    package init(reading datagram: [UInt8]) throws(WireError) {
        guard datagram.count >= WireHeader.length else { throw .short }
        guard datagram[0] == 0x44, datagram[1] == 0x50, datagram[2] == 0x54, datagram[3] == 0x48 else { throw .magic }
        guard datagram[4] == WireHeader.version else { throw .version(datagram[4]) }
        guard let type = MessageType(rawValue: datagram[5]) else { throw .type(datagram[5]) }
        guard let encoding = ResultEncoding(rawValue: datagram[6]) else { throw .encoding(datagram[6]) }
        func number(_ range: Range<Int>) -> UInt32 { datagram[range].reduce(0) { $0 << 8 | UInt32($1) } }
        self.type = type
        self.encoding = encoding
        flags = datagram[WireHeader.flagsOffset]
        session = number(8..<12)
        sequence = number(12..<16)
        part = datagram[16]
        parts = datagram[17]
        stream = UInt16(number(18..<20))
        schema = number(20..<24)
    }

    /// Appends the 24 bytes.
    package func write(to datagram: inout [UInt8]) {
        datagram.append(contentsOf: [0x44, 0x50, 0x54, 0x48, WireHeader.version, type.rawValue, encoding.rawValue, flags])
        datagram.append(bigEndian: session)
        datagram.append(bigEndian: sequence)
        datagram.append(part)
        datagram.append(parts)
        datagram.append(bigEndian: stream)
        datagram.append(bigEndian: schema)
    }

    /// A whole datagram, filled with zeros up to `length`.
    package func datagram(_ body: [UInt8], paddedTo length: Int = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(length, WireHeader.length + body.count))
        write(to: &bytes)
        bytes.append(contentsOf: body)
        if bytes.count < length { bytes.append(contentsOf: repeatElement(0, count: length - bytes.count)) }
        return bytes
    }
}
