// SPDX-License-Identifier: Apache-2.0

/// The way to a USB socket: host controller, bus, and the port numbers from the root hub down.
///
/// The USB 2 and the USB 3 side of one socket hang on two buses of one controller, so `socket` leaves the bus out: a
/// camera that comes back at another speed is still behind the same socket.
public struct PortPath: Sendable, Hashable, CustomStringConvertible {
    /// The controller as sysfs names it, e.g. `0000:00:14.0` or `vhci_hcd.0`.
    public var controller: String
    /// Number of the bus; it may change from boot to boot.
    public var bus: Int
    /// One number for each hub on the way, the root hub's first. USB allows seven levels.
    public var ports: [Int]

    public init(controller: String, bus: Int, ports: [Int]) {
        self.controller = controller
        self.bus = bus
        self.ports = ports
    }

    /// Finds the socket in a path below `/sys/devices`; nil when it leads through no USB port.
    public init?(systemPath: String) {
        let parts = systemPath.split(separator: "/")
        guard
            let root = parts.firstIndex(where: { $0.hasPrefix("usb") && Int($0.dropFirst(3)) != nil }), root > parts.startIndex
        else { return nil }
        var deepest: (bus: Int, ports: [Int])?
        for part in parts[(root + 1)...] {
            guard let port = PortPath.port(part) else { break }
            deepest = port
        }
        guard let deepest else { return nil }
        self.init(controller: String(parts[root - 1]), bus: deepest.bus, ports: deepest.ports)
    }

    /// Reads `1-1.2`.
    static func port(_ text: Substring) -> (bus: Int, ports: [Int])? {
        let halves = text.split(separator: "-", omittingEmptySubsequences: false)
        guard halves.count == 2, let bus = Int(halves[0]), bus > 0 else { return nil }
        let numbers = halves[1].split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...7).contains(numbers.count), numbers.allSatisfy({ $0.map { (1...255).contains($0) } ?? false }) else {
            return nil
        }
        return (bus, numbers.compactMap { $0 })
    }

    private var chain: String { ports.map(String.init).joined(separator: ".") }

    /// Bus and ports as the kernel writes them: `1-1.2`.
    public var description: String { "\(bus)-\(chain)" }

    /// The socket whatever the speed: `vhci_hcd.0:1.2`.
    public var socket: String { "\(controller):\(chain)" }
}
