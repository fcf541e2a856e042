// SPDX-License-Identifier: Apache-2.0

/// Takes secrets out of what is shown to others: keys that are secret by how the settings read them or by their name,
/// and everything of a URL but scheme and host, because cameras have passwords in all its other places.
public enum Redaction {
    /// Stands where a secret was.
    public static let removed = "(removed)"

    /// Words that make a key secret, however it is read.
    private static let words: Set<String> = [
        "key", "apikey", "password", "passwd", "pass", "passphrase", "pwd", "psk", "secret", "token", "credential", "credentials",
        "user", "username", "login", "auth", "pin",
    ]
    /// A key that ends so names a place, and places are no secrets.
    private static let places: Set<String> = ["file", "path", "folder", "directory"]

    /// Whether the value of a key of that name is secret.
    public static func isSecret(key: String) -> Bool {
        let parts = key.lowercased().split { $0 == "_" || $0 == "-" || $0 == "." || $0 == " " }.map(String.init)
        guard let last = parts.last, !places.contains(last) else { return false }
        return parts.contains { words.contains($0) }
    }

    // MARK: Values

    /// A value as it may be shown.
    static func value(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        return String(text[..<scheme.upperBound]) + place(text[scheme.upperBound...])
    }

    /// What a value holds that must not be shown, each with what stands in its place.
    static func secrets(in text: String) -> [String: String] {
        let shown = value(text)
        guard shown != text, let scheme = text.firstRange(of: "://") else { return [:] }
        var secrets = [text: shown]
        let rest = text[scheme.upperBound...]
        if let at = rest.lastIndex(of: "@") {
            for part in rest[..<at].split(separator: ":", maxSplits: 1) { secrets[String(part)] = removed }
        }
        return secrets
    }

    /// Of `user:password@host:554/path?query`, `host:554/…`. Passwords may hold any character, so the last `@` counts.
    private static func place(_ rest: Substring) -> String {
        let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        guard let end = host.firstIndex(where: { $0 == "/" || $0 == "?" || $0 == "#" }) else { return String(host) }
        return host[end...] == "/" ? String(host) : "\(host[..<end])/…"
    }

    // MARK: Whole texts

    /// Shorter ones would tear holes into words that have nothing to do with them.
    private static let shortestSecret = 4

    /// A text without `secrets`, and with nothing but scheme and host of any URL in it.
    /// - Parameter secrets: from `SettingsRecord.secrets`.
    public static func text(_ text: String, without secrets: [String: String] = [:]) -> String {
        var bytes = Array(text.utf8)
        // The longest first: a URL before the password in it.
        for (secret, shown) in secrets.sorted(by: { ($0.key.utf8.count, $0.key) > ($1.key.utf8.count, $1.key) })
        where secret.utf8.count >= shortestSecret {
            // In JSON quotes and backslashes are written otherwise.
            let escaped = secret.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            for form in Set([secret, escaped]) {
                bytes = replacing(Array(form.utf8), in: bytes) { start in (start + form.utf8.count, Array(shown.utf8)) }
            }
        }
        let mark = Array("://".utf8)
        bytes = replacing(mark, in: bytes) { [bytes] start in
            let from = start + mark.count
            let end = bytes[from...].firstIndex(where: isOutside) ?? bytes.endIndex
            return (end, mark + Array(place(String(decoding: bytes[from..<end], as: UTF8.self)[...]).utf8))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Puts something else where `needle` stands. Bytes, because logs are long.
    /// - Parameter replacement: for a find at that place, up to where it reaches and what stands there instead.
    private static func replacing(
        _ needle: [UInt8], in bytes: [UInt8], _ replacement: (Int) -> (end: Int, bytes: [UInt8])
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var from = 0
        while let start = find(needle, in: bytes, from: from) {
            let (end, instead) = replacement(start)
            result += bytes[from..<start] + instead
            from = max(end, start + 1)
        }
        return result + bytes[from...]
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var at = start
            while at <= bytes.count - needle.count {
                if bytes[at] == first, needle.indices.allSatisfy({ bytes[at + $0] == needle[$0] }) { return at }
                at += 1
            }
            return nil
        }
    }

    /// Whether a byte ends a URL in a running text or in JSON; what else is punctuation may be part of a password.
    private static func isOutside(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == 0x7F || outside.contains(byte)
    }

    private static let outside = Set("\"\\<>".utf8)

    // MARK: Documents

    /// A settings document as it may be shown: keys that are secret lose their value, and so do keys nobody knows, which
    /// may be misspelt secrets. What is read raw is judged by the names of its keys.
    public static func document(_ value: SettingsValue, schema: SettingsSchema) -> SettingsValue {
        document(value, path: "", schema: schema)
    }

    /// JSON or YAML of which no schema is known, by the names of its keys.
    public static func names(_ value: SettingsValue) -> SettingsValue {
        document(value, path: "", schema: nil)
    }

    private static func document(_ value: SettingsValue, path: String, schema: SettingsSchema?) -> SettingsValue {
        var value = value
        switch value.content {
        case .null: break
        case .scalar(let text, let isQuoted):
            value.content = .scalar(Redaction.value(text), quoted: isQuoted)
        case .list(let items):
            value.content = .list(items.map { document($0, path: "\(path).0", schema: schema) })
        case .mapping(let entries):
            value.content = .mapping(
                entries.map { entry in
                    let inner = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                    var entry = entry
                    if isSecret(key: entry.key) || schema?.isSecret(inner) == true {
                        entry.value.content = .scalar(removed, quoted: true)
                    } else if schema?.isUnknown(inner) == true {
                        entry.value.content = .scalar("(unknown key, value left out)", quoted: true)
                    } else {
                        // Below a key that is read raw no schema is known.
                        entry.value = document(entry.value, path: inner, schema: schema?.reaches(inner) == true ? schema : nil)
                    }
                    return entry
                })
        }
        return value
    }
}
