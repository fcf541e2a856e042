// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// The `udp` section of the settings.
public struct UDPSettings: Sendable, Hashable {
    /// The address to listen on: `0.0.0.0` for every IPv4 interface, `::` for IPv6 and IPv4.
    public var host = "0.0.0.0"
    /// 1...65535; 0 for any free port.
    public var port = 32_170
    /// Who is served: ranges such as `10.0.0.0/8` or `fd00::/8`, single addresses, and `private` for loopback, private
    /// and link-local addresses.
    public var allow = ["private"]
    /// Receivers that only listen, as `host:port` or `[IPv6]:port`: they get every result stream without asking.
    public var targets: [String] = []
    /// Subscriptions at a time, 1...32; targets do not count.
    public var maximumSubscriptions = 32
    /// A secret of 16 bytes or more, shared with every subscriber; empty for none. With one, every datagram is sealed
    /// (`DatagramSeal`), and datagrams without the seal are ignored.
    public var key: [UInt8] = []
    /// A multicast group every result is sent to, such as `239.255.68.80:32171`; empty for none.
    public var multicast = ""
    /// The network interface the group is reached by; empty where the routing table decides.
    public var multicastInterface = ""

    public init() {}

    /// Refuses settings that cannot work, naming the field.
    public func validate() throws(PublishError) {
        _ = try checked()
    }

    /// The settings in the form the server uses.
    struct Checked {
        var address: SocketAddress
        var policy: AddressPolicy
        var targets: [StaticTarget.Destination]
        var seal: DatagramSeal?
    }

    func checked() throws(PublishError) -> Checked {
        guard (0...65_535).contains(port) else {
            throw .setting(field: "udp.port", problem: "\(port) is not a port; use 1 to 65535, or 0 for any free one")
        }
        guard let address = try? SocketAddress(ipAddress: host, port: port) else {
            throw .setting(field: "udp.host", problem: "\"\(host)\" is not an IP address; use 0.0.0.0 for every interface")
        }
        guard (1...LeaseLimits.subscriptions).contains(maximumSubscriptions) else {
            throw .setting(
                field: "udp.maximum_subscriptions", problem: "\(maximumSubscriptions) is not in 1 to \(LeaseLimits.subscriptions)"
            )
        }
        if !key.isEmpty, let problem = DatagramSeal.problem(with: key) {
            throw .setting(field: "udp.key_file", problem: problem)
        }
        return Checked(
            address: address, policy: try policy(), targets: try parsedTargets(),
            seal: key.isEmpty ? nil : DatagramSeal(key: key))
    }

    private func policy() throws(PublishError) -> AddressPolicy {
        var ranges: [AddressRange] = []
        for (index, text) in allow.enumerated() {
            if text == "private" {
                ranges += AddressRange.privateUse
            } else if let range = AddressRange(text: text) {
                ranges.append(range)
            } else {
                throw .setting(
                    field: "udp.allow[\(index)]",
                    problem: "\"\(text)\" is no range of addresses; write one like 10.0.0.0/8, or private")
            }
        }
        return AddressPolicy(ranges: ranges)
    }

    private func parsedTargets() throws(PublishError) -> [StaticTarget.Destination] {
        var parsed: [StaticTarget.Destination] = []
        for (index, text) in targets.enumerated() {
            guard let target = UDPSettings.target(text) else {
                throw .setting(
                    field: "udp.targets[\(index)]",
                    problem: "\"\(text)\" is not host:port; write one like 10.0.0.2:5800 or [fd00::2]:5800")
            }
            parsed.append(.host(target.host, port: target.port))
        }
        guard targets.count <= 16 else {
            throw .setting(field: "udp.targets", problem: "\(targets.count) targets are too many; 16 are possible")
        }
        if !multicast.isEmpty {
            parsed.append(.group(try MulticastGroup(text: multicast, interface: multicastInterface)))
        } else if !multicastInterface.isEmpty {
            throw .setting(field: "udp.multicast_interface", problem: "there is no group for it; name one in udp.multicast")
        }
        return parsed
    }

    static func target(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { return nil }
        return (String(host), port)
    }
}
