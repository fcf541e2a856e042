// SPDX-License-Identifier: Apache-2.0
import NIOCore
public import Settings

/// The `udp` section of the settings.
public struct UDPSettings: Sendable {
    /// Where boxes listen unless `udp.port` says otherwise.
    public static let standardPort = 32_170

    public let enabled: Bool
    /// The address to listen on: `0.0.0.0` for every IPv4 interface, `::` for IPv6 and IPv4.
    public let host: String
    /// 0 for any free port.
    public let port: Int
    /// Subscriptions at a time; targets do not count.
    public let maximumSubscriptions: Int
    /// A secret shared with every subscriber, read by `resolve`; empty for none. With one, every datagram is sealed
    /// (`DatagramSeal`), and datagrams without the seal are ignored.
    public private(set) var key: [UInt8] = []
    let address: SocketAddress
    let policy: AddressPolicy
    private let targets: [StaticTarget.Destination]
    private var group: MulticastGroup?
    private let keyFile: String
    private let interface: String
    private let section: SettingsSection

    private static let maximumTargets = 16

    /// - Throws: `SettingsError` for what cannot work on any machine.
    public init(_ section: SettingsSection) throws(SettingsError) {
        self.section = section
        enabled = try section.flag("enabled", default: true)
        host = try section.text("host", default: "0.0.0.0", maximumLength: 255)
        port = try section.integer("port", default: Self.standardPort, in: 0...65535)
        guard let address = try? SocketAddress(ipAddress: host, port: port) else {
            throw section.refusal("host", "'\(host)' is not an IP address; use 0.0.0.0 for every interface")
        }
        self.address = address
        policy = try Self.policy(section)
        targets = try Self.targets(section)
        keyFile = try section.text("key_file", default: "")
        let multicast = try section.text("multicast", default: "", maximumLength: 255)
        interface = try section.text("multicast_interface", default: "", maximumLength: 15)
        maximumSubscriptions = try section.integer("maximum_subscriptions", default: 32, in: 1...LeaseLimits.subscriptions)
        try section.finish()
        if !multicast.isEmpty {
            guard let group = MulticastGroup(text: multicast) else {
                throw section.refusal(
                    "multicast",
                    "'\(multicast)' is not a multicast group of a local network; write one like 239.255.68.80:32171 or [ff05::4450]:32171"
                )
            }
            self.group = group
        } else if !interface.isEmpty {
            throw section.refusal("multicast_interface", "there is no group for it; name one in udp.multicast")
        }
    }

    /// Takes from this machine what the settings name: the key and the network interface. Of a server that is off, nothing.
    /// - Parameter readKey: gives the secret in a file.
    /// - Throws: `SettingsError` for what is not there or cannot work.
    public mutating func resolve(readKey: (String) throws -> [UInt8]) throws(SettingsError) {
        guard enabled else { return }
        if !keyFile.isEmpty {
            do {
                key = try readKey(keyFile)
            } catch {
                throw section.refusal("key_file", "\(error)")
            }
            if let problem = DatagramSeal.problem(with: key) { throw section.refusal("key_file", problem) }
        }
        if !interface.isEmpty, group?.leave(by: interface) == false {
            throw section.refusal(
                "multicast_interface", "there is no network interface '\(interface)'; ip link shows their names")
        }
    }

    /// Receivers that only listen: they get every result stream without asking.
    var destinations: [StaticTarget.Destination] { targets + (group.map { [.group($0)] } ?? []) }

    var seal: DatagramSeal? { key.isEmpty ? nil : DatagramSeal(key: key) }

    private static func policy(_ section: SettingsSection) throws(SettingsError) -> AddressPolicy {
        var ranges: [AddressRange] = []
        for (index, text) in try section.texts("allow", default: ["private"]).enumerated() {
            if text == "private" {
                ranges += AddressRange.privateUse
            } else if let range = AddressRange(text: text) {
                ranges.append(range)
            } else {
                throw section.refusal(
                    "allow", item: index, "'\(text)' is no range of addresses; write one like 10.0.0.0/8, or private")
            }
        }
        return AddressPolicy(ranges: ranges)
    }

    private static func targets(_ section: SettingsSection) throws(SettingsError) -> [StaticTarget.Destination] {
        var parsed: [StaticTarget.Destination] = []
        for (index, text) in try section.texts("targets").enumerated() {
            guard let target = Self.target(text) else {
                throw section.refusal(
                    "targets", item: index, "'\(text)' is not host:port; write one like 10.0.0.2:5800 or [fd00::2]:5800")
            }
            parsed.append(.host(target.host, port: target.port))
        }
        guard parsed.count <= maximumTargets else {
            throw section.refusal("targets", "\(parsed.count) targets are too many; \(maximumTargets) are possible")
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
