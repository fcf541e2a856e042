// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// Why network cameras cannot be looked for.
public enum DiscoveryError: Error, Hashable, CustomStringConvertible {
    case badAddress(String)
    case unavailable(String)

    public var description: String {
        switch self {
        case .badAddress(let text):
            "\"\(text.prefix(64))\" is no address of a camera; give four numbers, such as 169.254.1.222, which is that of a camera "
                + "without DHCP"
        case .unavailable(let reason): "network cameras cannot be looked for: \(reason); check the number of open files"
        }
    }
}

/// A camera that answered.
public struct FoundCamera: Sendable, Hashable {
    public let address: String
    public let answer: DiscoveryAnswer

    package init(address: String, answer: DiscoveryAnswer) { (self.address, self.answer) = (address, answer) }
}

/// Looks for cameras on the network.
public struct DeviceFinder: Sendable {
    private let port: UInt16
    private let window: Int64

    /// More cameras than a box could use; a flood of answers ends there.
    private static let capacity = 64

    /// - Parameters:
    ///   - port: where cameras listen.
    ///   - windowNanoseconds: how long answers are collected.
    public init(port: UInt16 = 11491, windowNanoseconds: Int64 = 500_000_000) {
        (self.port, window) = (port, windowNanoseconds)
    }

    /// Asks and collects answers. Blocks.
    /// - Parameter address: of one camera, whose first answer ends the search; nil asks every network the machine is on.
    public func find(address: String? = nil) throws(DiscoveryError) -> [FoundCamera] {
        let targets = try address.map { text throws(DiscoveryError) in [try Self.checked(text)] } ?? IPv4.broadcasts
        let socket = try DiscoverySocket()
        for target in targets { socket.send(.ask, to: target, port: port) }
        let end = Timestamp.now().advanced(byNanoseconds: window)
        var found: [FoundCamera] = []
        while found.count < Self.capacity, let datagram = socket.receive(until: end) {
            guard let answer = DiscoveryAnswer(datagram.bytes) else { continue }
            let camera = FoundCamera(address: datagram.address, answer: answer)
            // A camera hears the question once for each broadcast address it belongs to.
            if !found.contains(where: { $0.address == camera.address && $0.answer.mxid == answer.mxid }) { found.append(camera) }
            if address != nil { break }
        }
        return found
    }

    /// Has a camera that runs restart into its bootloader. There is no answer to it.
    public func restart(address: String) throws(DiscoveryError) {
        let target = try Self.checked(address)
        try DiscoverySocket().send(.reset, to: target, port: port)
    }

    private static func checked(_ text: String) throws(DiscoveryError) -> in_addr {
        guard let address = IPv4.address(text) else { throw .badAddress(text) }
        return address
    }
}
