// SPDX-License-Identifier: Apache-2.0
import Glibc
import NIOCore
import NIOPosix

/// A group of the settings that every result is sent to, one hop far.
struct MulticastGroup: Hashable {
    let address: SocketAddress
    /// Number of the network interface it leaves by; nil where the routing table decides.
    private(set) var interface: CInt?

    /// - Parameter text: `239.255.68.80:32171` or `[ff05::4450]:32171`.
    /// - Returns: nil for anything else.
    init?(text: String) {
        guard let (host, port) = UDPSettings.target(text), let address = try? SocketAddress(ipAddress: host, port: port),
            MulticastGroup.isLocal(address)
        else { return nil }
        self.address = address
    }

    /// Results leave by that network interface.
    /// - Returns: false where the machine has none of that name.
    mutating func leave(by name: String) -> Bool {
        let index = if_nametoindex(name)
        guard index > 0 else { return false }
        interface = CInt(index)
        return true
    }

    /// Administratively scoped (RFC 2365) or, for IPv6, of a scope up to the organisation's (RFC 7346).
    private static func isLocal(_ address: SocketAddress) -> Bool {
        guard let ip = IPAddress(address) else { return false }
        if ip.isV4 { return ip.low >> 24 & 0xFF == 239 }
        return ip.high >> 56 == 0xFF && (2...8).contains(ip.high >> 48 & 0xF)
    }

    /// Sets what the socket to the group needs, before it is connected. One hop is the kernel's own limit for multicast.
    func configure(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let interface, let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        if address.protocol == .inet6 {
            return options.unsafeSetSocketOption(level: .ipv6, name: .ipv6_multicast_if, value: interface)
        }
        var request = ip_mreqn()
        request.imr_ifindex = interface
        return options.unsafeSetSocketOption(level: .ip, name: .ip_multicast_if, value: request)
    }
}
