// SPDX-License-Identifier: Apache-2.0

/// Why the HTTP server could not open.
public enum ListenError: Error, Hashable, CustomStringConvertible {
    /// Another program listens there.
    case portInUse(section: String, host: String, port: Int)
    /// Ports below 1024 belong to root.
    case portForbidden(section: String, port: Int)
    /// `host` is not an address of this machine, or a name that does not resolve.
    case badHost(section: String, host: String, reason: String)

    public var description: String {
        switch self {
        case .portInUse(let section, let host, let port):
            "\(section).port: port \(port) on \(host) is taken by another program; "
                + "stop that program (see `ss -ltnp`) or choose another \(section).port"
        case .portForbidden(let section, let port):
            "\(section).port: depthd has no permission to listen on port \(port); choose a \(section).port of 1024 or more"
        case .badHost(let section, let host, let reason):
            "\(section).host: cannot listen on \(host) (\(reason)); use 0.0.0.0 for every address of the box, or one of its own"
        }
    }
}
