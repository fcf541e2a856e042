// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Why the server cannot be opened, in words for the owner.
package struct LinkServerError: Error, CustomStringConvertible {
    package let description: String
}

/// A socket that clients connect to.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    /// The file of a Unix socket; nil for TCP.
    private let path: String?
    private let hasEnded = Atomic(false)

    private init(_ descriptor: Int32, path: String? = nil) {
        (self.descriptor, self.path) = (descriptor, path)
    }

    deinit { end() }

    /// Closes the socket and removes its file, once: another may listen there the moment this returns.
    func end() {
        guard !hasEnded.exchange(true, ordering: .acquiringAndReleasing) else { return }
        close(descriptor)
        if let path { unlink(path) }
    }

    /// Listens on a TCP port.
    /// - Parameters:
    ///   - host: an address of this machine; `0.0.0.0` or `::` for all.
    ///   - port: 0 for any that is free.
    static func tcp(host: String, port: Int) throws(LinkServerError) -> ListeningSocket {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let address = list else {
            throw LinkServerError(description: "depthai.host: '\(host)' is not an address of this machine")
        }
        defer { freeaddrinfo(list) }
        let descriptor = socket(address.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw LinkServerError(description: "depthai: no socket: \(reason())") }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0, listen(descriptor, 16) == 0 else {
            let why = reason()
            close(descriptor)
            throw LinkServerError(
                description:
                    "depthai.port: \(host):\(port) cannot be opened (\(why)); set another port, or stop the program that uses it")
        }
        return ListeningSocket(descriptor)
    }

    /// Listens on a Unix socket that members of the daemon's group may use. A socket that a daemon left behind is replaced.
    static func unix(path: String) throws(LinkServerError) -> ListeningSocket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.utf8.count <= room else {
            throw LinkServerError(description: "depthai.socket: '\(path)' is longer than \(room) bytes")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw LinkServerError(description: "depthai: no socket: \(reason())") }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        func use(_ call: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32) -> Bool {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, length) } == 0
            }
        }
        guard !use(connect) else {
            close(descriptor)
            throw LinkServerError(
                description: "depthai.socket: another daemon is listening at '\(path)'; stop it or set another path")
        }
        unlink(path)
        guard use(bind), chmod(path, 0o660) == 0, listen(descriptor, 16) == 0 else {
            let why = reason()
            close(descriptor)
            throw LinkServerError(description: "depthai.socket: '\(path)' cannot be opened (\(why)); set another path")
        }
        return ListeningSocket(descriptor, path: path)
    }

    /// The TCP port it really has; nil for a Unix socket.
    var port: Int? {
        guard path == nil else { return nil }
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) } == 0
        }
        guard isKnown else { return nil }
        // The port stands at the same place in both families.
        return withUnsafeBytes(of: &address) { Int(UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))) }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
