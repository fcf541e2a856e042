// SPDX-License-Identifier: Apache-2.0

/// An Internet address. IPv4 is kept in its IPv6 form (`::ffff:a.b.c.d`), so that both families are one.
package struct IPAddress: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(v4: UInt32) {
        high = 0
        low = 0xFFFF_0000_0000 | UInt64(v4)
    }

    package var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What one owner is believed to hold: an IPv4 address, or an IPv6 network of 64 bits.
    package var owner: IPAddress { isV4 ? self : IPAddress(high: high, low: 0) }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
        return bytes
    }
}

/// Where a datagram came from.
package struct Endpoint: Hashable, Sendable {
    package var address: IPAddress
    package var port: UInt16

    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

/// A range of addresses.
package struct AddressRange: Hashable, Sendable {
    package var base: IPAddress
    /// Leading bits that must agree, 0...128.
    package var bits: Int

    package init(base: IPAddress, bits: Int) {
        self.base = base
        self.bits = bits
    }

    package func contains(_ address: IPAddress) -> Bool {
        func agrees(_ left: UInt64, _ right: UInt64, _ bits: Int) -> Bool {
            bits <= 0 || (left ^ right) >> UInt64(64 - min(64, bits)) == 0
        }
        return agrees(base.high, address.high, bits) && agrees(base.low, address.low, bits - 64)
    }

    /// What `private` stands for: loopback, private use (RFC 1918, RFC 4193) and link-local addresses.
    package static let privateUse: [AddressRange] = [
        AddressRange(base: IPAddress(v4: 0x7F00_0000), bits: 96 + 8),
        AddressRange(base: IPAddress(v4: 0x0A00_0000), bits: 96 + 8),
        AddressRange(base: IPAddress(v4: 0xAC10_0000), bits: 96 + 12),
        AddressRange(base: IPAddress(v4: 0xC0A8_0000), bits: 96 + 16),
        AddressRange(base: IPAddress(v4: 0xA9FE_0000), bits: 96 + 16),
        AddressRange(base: IPAddress(high: 0, low: 1), bits: 128),
        AddressRange(base: IPAddress(high: 0xFC00_0000_0000_0000, low: 0), bits: 7),
        AddressRange(base: IPAddress(high: 0xFE80_0000_0000_0000, low: 0), bits: 10),
    ]
}
