// SPDX-License-Identifier: Apache-2.0

/// A web origin, as the settings name it and as browsers write it in `Origin`: `scheme://host[:port]`.
enum WebOrigin {
    private static let standardPorts: [Substring: UInt16] = ["http": 80, "https": 443]

    /// What a browser sends for an origin that an owner has written: lower case, without the scheme's own port; nil for
    /// anything else than one origin.
    static func normalized(_ text: String) -> String? {
        let text = text.lowercased()
        guard text.utf8.count <= 300, let mark = text.firstRange(of: "://") else { return nil }
        let (scheme, authority) = (text[..<mark.lowerBound], String(text[mark.upperBound...]))
        guard isScheme(scheme), MessageRules.isAuthority(authority) else { return nil }
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else { return text }
        guard let port = UInt16(authority[colon...].dropFirst()), port > 0 else { return nil }
        let host = authority[..<colon]
        return port == standardPorts[scheme] ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first) else { return false }
        return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0) }
    }
}
