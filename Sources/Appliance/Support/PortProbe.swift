// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Whether a port can be opened now; a running daemon holds its own.
enum PortProbe {
    /// - Parameter key: the setting that names the port.
    static func connections(_ key: String, _ port: Int) -> Finding { self.port(key, port, SOCK_STREAM) }
    static func datagrams(_ key: String, _ port: Int) -> Finding { self.port(key, port, SOCK_DGRAM) }

    private static func port(_ key: String, _ port: Int, _ type: __socket_type) -> Finding {
        guard port != 0 else { return Finding(subject: key, verdict: .good, text: "any free port") }
        let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        defer { close(descriptor) }
        var reuse: Int32 = 1
        if type == SOCK_STREAM { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if bound == 0 { return Finding(subject: key, verdict: .good, text: "\(port) is free") }
        return Finding(
            subject: key, verdict: .warning,
            text:
                "\(port): \(String(cString: strerror(errno))); fine if depthd is already running, otherwise choose another \(key)"
        )
    }
}
