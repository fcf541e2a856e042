// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// Under what the box can be reached from its network.
enum OwnAddresses {
    /// URLs of the dashboard: by name where a responder makes it known, then by each IPv4 address.
    /// - Parameter host: the address the server listens on.
    static func dashboards(host: String, port: Int, name: String) -> [String] {
        guard ["0.0.0.0", "::", ""].contains(host) else {
            return ["http://\(host.contains(":") ? "[\(host)]" : host):\(port)/"]
        }
        let hosts = (isAnnounced ? ["\(name.split(separator: ".").first ?? "").local"] : []) + addresses
        return hosts.map { "http://\($0):\(port)/" }
    }

    /// avahi-daemon answers for NAME.local while its socket is there.
    private static var isAnnounced: Bool { access("/run/avahi-daemon/socket", F_OK) == 0 }

    /// IPv4 addresses of interfaces that are up, loopback aside.
    private static var addresses: [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: [String] = []
        var next = first
        while let entry = next {
            next = entry.pointee.ifa_next
            if let address = address(of: entry.pointee) { found.append(address) }
        }
        return found
    }

    private static func address(of interface: ifaddrs) -> String? {
        guard let address = interface.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
            interface.ifa_flags & UInt32(IFF_UP) != 0, interface.ifa_flags & UInt32(IFF_LOOPBACK) == 0
        else { return nil }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
