// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// The one datagram socket that a search asks with and hears answers on.
struct DiscoverySocket: ~Copyable {
    private let descriptor: Int32

    init() throws(DiscoveryError) {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .unavailable(String(cString: strerror(errno))) }
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// - Returns: whether it could be sent; a network that is down takes nothing.
    @discardableResult
    func send(_ request: DiscoveryRequest, to address: in_addr, port: UInt16) -> Bool {
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr = address
        let bytes = request.bytes
        return withUnsafePointer(to: &target) { target in
            target.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
                sendto(descriptor, bytes, bytes.count, 0, target, socklen_t(MemoryLayout<sockaddr_in>.size)) == bytes.count
            }
        }
    }

    /// Waits for the next datagram; nil when it is time to end.
    func receive(until end: Timestamp) -> (bytes: [UInt8], address: String)? {
        while true {
            let left = end.nanoseconds(since: .now())
            guard left > 0 else { return nil }
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Rounded up: the last half millisecond must not become a busy loop.
            guard poll(&polled, 1, Int32(clamping: (left + 999_999) / 1_000_000)) > 0 else { continue }
            if let datagram = next() { return datagram }
        }
    }

    private func next() -> (bytes: [UInt8], address: String)? {
        var source = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // Longer than any answer: one that is cut is none.
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = withUnsafeMutablePointer(to: &source) { source in
            source.withMemoryRebound(to: sockaddr.self, capacity: 1) { source in
                recvfrom(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT), source, &length)
            }
        }
        guard count >= 0 else { return nil }
        return (Array(bytes.prefix(count)), IPv4.text(source.sin_addr))
    }
}

/// Addresses of IP version 4, which is all these cameras speak.
enum IPv4 {
    /// nil for anything but four numbers.
    static func address(_ text: String) -> in_addr? {
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1 ? address : nil
    }

    static func text(_ address: in_addr) -> String {
        let number = UInt32(bigEndian: address.s_addr)
        return [24, 16, 8, 0].map { String(number >> $0 & 255) }.joined(separator: ".")
    }

    /// Of every network this machine is on, and the one for all of them.
    static var broadcasts: [in_addr] {
        var found: [in_addr] = [in_addr(s_addr: .max)]
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return found }
        defer { freeifaddrs(list) }
        var entry = list
        while let current = entry?.pointee {
            entry = current.ifa_next
            guard current.ifa_flags & UInt32(IFF_BROADCAST) != 0, let own = current.ifa_addr,
                own.pointee.sa_family == sa_family_t(AF_INET), let broadcast = current.ifa_ifu.ifu_broadaddr
            else { continue }
            found.append(broadcast.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr })
        }
        return found
    }
}
