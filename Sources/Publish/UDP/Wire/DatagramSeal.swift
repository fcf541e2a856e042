// SPDX-License-Identifier: Apache-2.0
import Cryptography

/// The trailer of datagrams between a box and subscribers that share a key: HMAC-SHA256 (RFC 2104) over everything before
/// it, cut to 16 bytes, with bit 7 of the flags set.
package struct DatagramSeal: Sendable {
    /// Bytes of the trailer.
    package static let length = 16
    /// Bytes a key must have at least; shorter ones can be guessed.
    package static let shortestKey = 16

    private let key: HMAC

    /// Why the bytes cannot be a key; nil when they can.
    package static func problem(with key: [UInt8]) -> String? {
        guard key.count < shortestKey else { return nil }
        return "the key has \(key.count) bytes; use \(shortestKey) random ones at least: openssl rand -hex 32 > FILE"
    }

    package init(key: [UInt8]) {
        self.key = HMAC(key: key)
    }

    /// The datagram with its trailer.
    package func sealed(_ datagram: [UInt8]) -> [UInt8] {
        var datagram = datagram
        datagram[WireHeader.flagsOffset] |= WireHeader.authenticated
        datagram += key.code(for: datagram).prefix(DatagramSeal.length)
        return datagram
    }

    /// The datagram without its trailer; nil unless it was sealed with the same key.
    package func opened(_ datagram: [UInt8]) -> [UInt8]? {
        let end = datagram.count - DatagramSeal.length
        guard end >= WireHeader.length, datagram[WireHeader.flagsOffset] & WireHeader.authenticated != 0 else { return nil }
        let content = datagram[..<end]
        let code = key.code(for: content).prefix(DatagramSeal.length)
        return ConstantTime.areEqual(Array(code), datagram[end...]) ? Array(content) : nil
    }
}
