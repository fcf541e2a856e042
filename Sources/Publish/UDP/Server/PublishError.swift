// SPDX-License-Identifier: Apache-2.0

/// What can go wrong at the UDP server.
public enum PublishError: Error, CustomStringConvertible, Hashable {
    /// A setting cannot work.
    case setting(field: String, problem: String)
    /// The port cannot be had.
    case bind(host: String, port: Int, inUse: Bool, reason: String)
    /// A subscriber's `host` cannot be reached.
    case unreachable(host: String, port: Int, reason: String)
    /// The box said no.
    case refused(code: Int, text: String)

    public var description: String {
        switch self {
        case .setting(let field, let problem):
            "\(field): \(problem)"
        case .bind(let host, let port, true, _):
            "UDP port \(port) on \(host) is in use; set udp.port to another port, or stop the program that has it (ss -ulpn shows it)"
        case .bind(let host, let port, false, let reason):
            "UDP port \(port) on \(host) cannot be opened (\(reason)); set udp.host to an address of this machine and udp.port to a port you may use"
        case .unreachable(let host, let port, let reason):
            "\(host):\(port) cannot be reached by UDP (\(reason)); check the host name and the port (\(UDPSettings.standardPort) unless udp.port says otherwise)"
        case .refused(let code, let text):
            "The box refused the subscription (code \(code)): \(text)"
        }
    }
}
