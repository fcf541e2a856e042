// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Which web pages may talk to the box through their visitor's browser. Programs outside browsers are not concerned.
///
/// - Another origin may not read unless `http.allowed_origins` names it: else any page that a person on the network opens
///   could look through the cameras. (Showing an MJPEG stream in an `<img>` needs no permission and stays possible.)
/// - Another origin may not change anything unless `http.trusted_origins` names it, which lets it read, too.
/// - The `Host` header must look like this box, so that a page whose name was re-pointed to the box's address (DNS
///   rebinding) does not count as the same origin.
struct OriginPolicy: Sendable {
    let allowedOrigins: [String]
    let trustedOrigins: [String]
    let allowedHosts: [String]

    init(_ settings: HTTPServerSettings) {
        allowedOrigins = settings.allowedOrigins
        trustedOrigins = settings.trustedOrigins
        allowedHosts = settings.allowedHosts
    }

    /// Refuses what a foreign page may not ask.
    func check(_ request: Request) throws {
        if let authority = request.head.authority, !authority.isEmpty { try checkHost(authority) }
        guard request.method != .get, request.method != .head, request.method != .options else { return }
        guard let origin = request.headers[.origin], !trustedOrigins.contains(origin) else { return }
        guard !isSameOrigin(origin, authority: request.head.authority) else { return }
        throw HTTPError(
            status: .forbidden, code: "foreign_origin",
            message: "a page from \(origin.prefix(128)) may not change this box; see http.trusted_origins", field: "Origin")
    }

    /// Refuses a WebSocket to a foreign page: browsers let every page open one and read what comes, whatever its answer's
    /// headers say, so who may not read an answer may not open a socket.
    func checkSocket(authority: String?, origin: String?) throws {
        if let authority, !authority.isEmpty { try checkHost(authority) }
        guard let origin, !allowedOrigins.contains("*"), !isNamed(origin) else { return }
        guard !isSameOrigin(origin, authority: authority) else { return }
        throw HTTPError(
            status: .forbidden, code: "foreign_origin",
            message: "a page from \(origin.prefix(128)) may not read from this box; see http.allowed_origins", field: "Origin")
    }

    /// Adds the permission to read, for the origins that have it.
    func grant(_ request: Request, _ response: inout Response) {
        guard !allowedOrigins.isEmpty || !trustedOrigins.isEmpty else { return }
        // A cache must not give one page the answer to another.
        let varies = response.headers[.vary]?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
        if !varies.contains("Origin") { response.headers[.vary] = (varies + ["Origin"]).joined(separator: ", ") }
        guard let origin = request.headers[.origin] else { return }
        if isNamed(origin) {
            response.headers[.accessControlAllowOrigin] = origin
        } else if allowedOrigins.contains("*") {
            response.headers[.accessControlAllowOrigin] = "*"
        }
    }

    /// Tells a browser that asks before it lets a page change something what a trusted page may send.
    func permit(_ methods: [HTTPRequest.Method], _ request: Request, _ response: inout Response) {
        guard let origin = request.headers[.origin], trustedOrigins.contains(origin) else { return }
        guard request.headers[.accessControlRequestMethod] != nil else { return }
        response.headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
        response.headers[.accessControlMaxAge] = "600"
        response.headers[.accessControlAllowHeaders] = request.headers[.accessControlRequestHeaders].flatMap(Self.fieldList)
    }

    /// A list of field names as it was sent; nil when it is none.
    private static func fieldList(_ text: String) -> String? {
        let names = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return text.utf8.count <= 1024 && names.allSatisfy(MessageRules.isName) ? text : nil
    }

    private func isNamed(_ origin: String) -> Bool {
        allowedOrigins.contains(origin) || trustedOrigins.contains(origin)
    }

    private func isSameOrigin(_ origin: String, authority: String?) -> Bool {
        guard let authority, let scheme = origin.firstRange(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == authority.lowercased()
    }

    private func checkHost(_ authority: String) throws {
        let host = OriginPolicy.hostName(authority)
        guard !OriginPolicy.isLocal(host), !allowedHosts.contains(where: { $0.lowercased() == host }) else { return }
        throw HTTPError(
            status: .misdirectedRequest, code: "unknown_host",
            message:
                "this box does not answer to the name \"\(host.prefix(128))\"; use its address or add the name to http.allowed_hosts",
            field: "Host")
    }

    /// The name in `name:port`, lower case, without the port and a last dot.
    private static func hostName(_ authority: String) -> String {
        var host = authority.lowercased()
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        if let colon = host.lastIndex(of: ":") { host = String(host[..<colon]) }
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }

    /// Addresses, one-word names, and names under the suffixes of home networks: nobody can own these on the internet.
    private static func isLocal(_ host: String) -> Bool {
        if !host.contains(".") || (try? SocketAddress(ipAddress: host, port: 0)) != nil { return true }
        return [".local", ".lan", ".home", ".internal", ".home.arpa", ".fritz.box", ".localdomain", ".localhost"]
            .contains { host.hasSuffix($0) }
    }
}
