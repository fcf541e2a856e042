// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import NIOHTTP1

/// What the head of a request must be so that everybody who reads it (a proxy, the decoder, this server) understands the
/// same by it (RFC 9112). Where two could differ, the request is refused and the connection ends: no body is looked for, and
/// nothing behind it is taken for another request.
enum MessageRules {
    /// What is wrong with a head that the decoder has passed; nil for nothing.
    /// - Parameter unanswered: how many requests before it are still being answered.
    static func problem(_ head: HTTPRequestHead, unanswered: Int) -> HTTPError? {
        if head.version.major != 1 || head.version.minor > 1 { return bad("\(head.version) is not spoken here; use HTTP/1.1") }
        if unanswered > 0, WebSocketUpgrade.asksForSocket(head) {
            return bad("a WebSocket cannot begin while requests before it are being answered; open a connection for it")
        }
        return hostProblem(head) ?? targetProblem(head) ?? lengthProblem(head) ?? fieldProblem(head.headers)
    }

    /// The refusal of bytes that the decoder could make nothing of.
    static func problem(_ error: HTTPParserError) -> HTTPError {
        switch error {
        case .headerOverflow:
            HTTPError(
                status: .requestHeaderFieldsTooLarge, code: "head_too_large",
                message: "the head of a request may have 32 KB and 100 fields, its path and each field 16 KB; send less")
        case .unexpectedContentLength, .invalidContentLength:
            bad("Content-Length must be one whole number, and absent beside Transfer-Encoding", field: "Content-Length")
        case .invalidVersion: bad("this is not HTTP/1.0 or HTTP/1.1; use HTTP/1.1")
        case .invalidMethod: bad("the request does not begin with a method of HTTP, such as GET")
        case .invalidURL: bad(targetExpected)
        case .invalidHeaderToken, .lfExpected:
            bad("a header field has a character, a space or a line break where none may be; write it as \"Name: value\"")
        case .invalidChunkSize: bad("a chunk of the body does not begin with its size")
        case .invalidEOFState, .closedConnection: bad("the request ends before it is complete")
        default:
            // The decoder has no name for a bad Transfer-Encoding.
            bad("the request is not well-formed: lines end with CR and LF, and the only Transfer-Encoding is one \"chunked\"")
        }
    }

    private static func bad(_ message: String, field: String? = nil) -> HTTPError {
        HTTPError(status: .badRequest, code: "bad_request", message: message, field: field)
    }

    // MARK: Host and target

    private static func hostProblem(_ head: HTTPRequestHead) -> HTTPError? {
        let hosts = values("host", of: head)
        guard let host = hosts.first else {
            return head.version == .http1_0 ? nil : bad("an HTTP/1.1 request needs a Host field", field: "Host")
        }
        guard hosts.count == 1 else { return bad("the request has \(hosts.count) Host fields; send one", field: "Host") }
        guard isAuthority(host) else {
            return bad("Host must be the name or the address of this box, with its port if that is not 80", field: "Host")
        }
        return nil
    }

    private static let targetExpected = "the target of a request must be a path that begins with /"

    /// Almost every client sends a path. Some that think they talk to a proxy send the whole URL, whose host then counts
    /// (RFC 9112, 3.2.2): it must be the one that the Host field names, on which the decision about rebinding rests.
    private static func targetProblem(_ head: HTTPRequestHead) -> HTTPError? {
        if head.method == .CONNECT { return bad(targetExpected) }
        if head.uri.hasPrefix("/") || head.uri == "*" && head.method == .OPTIONS { return nil }
        guard head.uri.prefix(scheme.count).lowercased() == scheme else { return bad(targetExpected) }
        let authority = head.uri.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard let host = values("host", of: head).first else { return nil }
        guard withoutStandardPort(authority) == withoutStandardPort(host) else {
            return bad("the URL and the Host field name different hosts", field: "Host")
        }
        return nil
    }

    private static let scheme = "http://"

    private static func withoutStandardPort(_ authority: some StringProtocol) -> String {
        let authority = authority.lowercased()
        for ending in [":80", ":"] where authority.hasSuffix(ending) { return String(authority.dropLast(ending.count)) }
        return authority
    }

    /// `name`, `address` or `[address]`, perhaps with `:port`.
    static func isAuthority(_ text: String) -> Bool {
        let port: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            let address = text[..<end].dropFirst()
            guard !address.isEmpty, address.utf8.allSatisfy({ isHostByte($0) || $0 == UInt8(ascii: ":") }) else { return false }
            port = text[text.index(after: end)...]
        } else {
            let name = text.prefix { $0 != ":" }
            guard !name.isEmpty, name.utf8.allSatisfy(isHostByte) else { return false }
            port = text[name.endIndex...]
        }
        return port.isEmpty || port.hasPrefix(":") && port.utf8.dropFirst().allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~%".utf8.contains(byte)
        }
    }

    // MARK: Where the body ends

    private static func lengthProblem(_ head: HTTPRequestHead) -> HTTPError? {
        let (lengths, codings) = (values("content-length", of: head), values("transfer-encoding", of: head))
        guard codings.isEmpty else { return codingProblem(head, codings, hasLength: !lengths.isEmpty) }
        guard let length = lengths.first else { return nil }
        guard lengths.count == 1, !length.isEmpty, length.utf8.allSatisfy(isDigit) else {
            return bad("Content-Length must be one whole number", field: "Content-Length")
        }
        return nil
    }

    private static func codingProblem(_ head: HTTPRequestHead, _ codings: [String], hasLength: Bool) -> HTTPError? {
        guard head.version != .http1_0 else {
            return bad("HTTP/1.0 has no Transfer-Encoding; send Content-Length, or HTTP/1.1", field: "Transfer-Encoding")
        }
        guard !hasLength else { return bad("send Content-Length or Transfer-Encoding, not both", field: "Transfer-Encoding") }
        guard codings.count == 1, codings[0].lowercased() == "chunked" else {
            return bad("the only Transfer-Encoding understood here is one \"chunked\"", field: "Transfer-Encoding")
        }
        return nil
    }

    // MARK: Fields

    /// The values of a field without the blanks that may stand around each, which the decoder leaves behind them.
    private static func values(_ name: String, of head: HTTPRequestHead) -> [String] {
        head.headers[name].map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t")) }
    }

    private static func fieldProblem(_ headers: HTTPHeaders) -> HTTPError? {
        for (name, value) in headers where !isName(name) || value.utf8.contains(where: isControl) {
            return problem(HTTPParserError.invalidHeaderToken)
        }
        return nil
    }

    /// Whether a field may be called so.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x09 || byte == 0x7F
    }
}
