// SPDX-License-Identifier: Apache-2.0

/// Why the HTTP door could not open.
public enum APIError: Error, Hashable, CustomStringConvertible {
    /// Another program listens there.
    case portInUse(host: String, port: Int)
    /// Ports below 1024 belong to root.
    case portForbidden(port: Int)
    /// `host` is none of this machine's addresses, or a name nobody knows.
    case badHost(host: String, reason: String)

    public var description: String {
        switch self {
        case .portInUse(let host, let port):
            "http.port: port \(port) on \(host) is taken by another program; "
                + "stop that program (see `ss -ltnp`) or choose another http.port"
        case .portForbidden(let port):
            "http.port: this user may not listen on port \(port); choose an http.port of 1024 or more"
        case .badHost(let host, let reason):
            "http.host: cannot listen on \(host) (\(reason)); use 0.0.0.0 for every address of the box, or one of its own"
        }
    }
}
