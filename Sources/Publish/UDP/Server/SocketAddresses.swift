// SPDX-License-Identifier: Apache-2.0
import NIOCore

extension Endpoint {
    /// nil for anything that is not an Internet address with a port.
    init?(_ address: SocketAddress) {
        guard let ip = IPAddress(address), let port = address.port.flatMap({ UInt16(exactly: $0) }) else { return nil }
        self.init(address: ip, port: port)
    }
}

extension IPAddress {
    init?(_ address: SocketAddress) {
        let packed = address.withSockAddr { pointer, size in
            // The address stands at byte 4 of a sockaddr_in, at byte 8 of a sockaddr_in6.
            let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
            return (
                four: size >= 8 ? UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) : 0,
                sixteen: size >= 24
                    ? (0..<2).map { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 + 8 * $0, as: UInt64.self)) }
                    : [0, 0]
            )
        }
        switch address {
        case .v4: self.init(v4: packed.four)
        case .v6: self.init(high: packed.sixteen[0], low: packed.sixteen[1])
        case .unixDomainSocket: return nil
        }
    }

    /// Reads an address as people write it.
    init?(text: some StringProtocol) {
        guard let address = try? SocketAddress(ipAddress: String(text), port: 0) else { return nil }
        self.init(address)
    }
}

extension AddressRange {
    /// Reads `10.0.0.0/8`, `fd00::/8`, or one address.
    init?(text: String) {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = halves.first, let base = IPAddress(text: first) else { return nil }
        let width = base.isV4 ? 32 : 128
        var bits = width
        if halves.count == 2 {
            guard let written = Int(halves[1]), (0...width).contains(written) else { return nil }
            bits = written
        }
        self.init(base: base, bits: bits + 128 - width)
    }
}
