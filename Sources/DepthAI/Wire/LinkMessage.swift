// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What clients and the box say to each other (`docs/depthai-link.md`). The raw values stand on the wire.
package enum LinkKind: UInt8, Sendable, CaseIterable {
    case hello = 1
    case create = 2
    case blob = 3
    case command = 4
    case threshold = 5
    case control = 6
    case eeprom = 7
    case ping = 8
    case welcome = 65
    case created = 66
    case refused = 67
    case packet = 68
    case pong = 69
    case want = 70
    case gap = 71
    case device = 72
    case done = 73

    /// The longest payload a client may send of this kind, bytes; nil for kinds that clients do not send.
    package var longestFromClient: Int? {
        switch self {
        case .blob: 128 << 20
        case .create: 1 << 20
        case .hello, .control, .eeprom: 64 << 10
        case .command: 33
        case .threshold: 1
        case .ping: 64
        default: nil
        }
    }
}

/// The 16 bytes before each payload.
package struct LinkHeader: Sendable, Hashable {
    package static let byteCount = 16
    private static let magic: [UInt8] = [0x44, 0x41, 0x49, 0x31]

    /// May be one that nobody knows: such messages are skipped.
    package var kind: UInt8
    package var stream: UInt8
    /// Bit 0 of a packet: the payload ends in metadata.
    package var flags: UInt16
    package var number: UInt32
    /// Bytes of the payload.
    package var length: Int

    package init(_ kind: LinkKind, stream: UInt8 = 0, flags: UInt16 = 0, number: UInt32 = 0, length: Int) {
        (self.kind, self.stream, self.flags, self.number, self.length) = (kind.rawValue, stream, flags, number, length)
    }

    /// Reads the first 16 bytes of a message; nil when they are not a header.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.byteCount, bytes.prefix(4).elementsEqual(Self.magic) else { return nil }
        kind = bytes[4]
        stream = bytes[5]
        flags = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        number = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.byteCount)
        writer.append(Self.magic)
        writer.append(kind)
        writer.append(stream)
        writer.append(flags)
        writer.append(number)
        writer.append(UInt32(clamping: length))
        return writer.bytes
    }
}

/// A message with its payload.
package struct LinkMessage: Sendable, Hashable {
    package var header: LinkHeader
    package var payload: [UInt8]

    package init(_ kind: LinkKind, number: UInt32 = 0, payload: [UInt8] = []) {
        header = LinkHeader(kind, number: number, length: payload.count)
        self.payload = payload
    }

    /// The answer that refuses a request.
    static func refused(_ number: UInt32, _ refusal: LinkRefusal) -> LinkMessage {
        LinkMessage(.refused, number: number, payload: json(["field": refusal.field, "message": refusal.message]))
    }

    /// An object as JSON text.
    static func json(_ object: [String: Any]) -> [UInt8] {
        let text = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return Array(text ?? Data("{}".utf8))
    }

    package init(header: LinkHeader, payload: [UInt8]) {
        (self.header, self.payload) = (header, payload)
    }
}

/// Why a connection is ended.
package enum LinkError: Error, Hashable, CustomStringConvertible {
    /// The bytes are no message.
    case noMessage
    /// A payload longer than its kind may be.
    case tooLong(kind: UInt8, length: Int)

    package var description: String {
        switch self {
        case .noMessage: "not a message of the depthai link"
        case .tooLong(let kind, let length): "a message of kind \(kind) may not be \(length) bytes long"
        }
    }
}
