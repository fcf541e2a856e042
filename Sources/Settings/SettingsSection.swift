// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What to do with keys nobody asked for.
public enum UnknownKeys: Sendable, Hashable {
    /// A typing error must not be a silent default.
    case refuse
    /// gen1 clients send keys of other releases.
    case ignore
}

/// Reads the keys of one section, each with its default and range, and refuses the rest.
///
/// Ask for every key, then call `finish`. The path of every key asked for is kept in `known`, from which a test proves
/// that the documented settings file and the code agree, with the value that is in force; of secrets, that there is one.
public struct SettingsSection: Sendable {
    public let path: String
    private let value: SettingsValue
    private let entries: [SettingsValue.Entry]
    private let unknownKeys: UnknownKeys
    private let known: KnownKeys

    /// - Throws: when `value` is neither a mapping nor nothing.
    public init(_ value: SettingsValue, path: String = "", unknownKeys: UnknownKeys = .refuse) throws(SettingsError) {
        try self.init(value, path: path, unknownKeys: unknownKeys, known: KnownKeys())
    }

    private init(_ value: SettingsValue, path: String, unknownKeys: UnknownKeys, known: KnownKeys) throws(SettingsError) {
        self.value = value
        self.path = path
        self.unknownKeys = unknownKeys
        self.known = known
        switch value.content {
        case .mapping(let entries): self.entries = entries
        case .null: entries = []
        default:
            throw SettingsError(
                document: value.document, line: value.line, path: path, problem: "must be a section, not \(value.kind)")
        }
    }

    /// Whether the key is there with a value.
    public func has(_ key: String) -> Bool {
        lookup(key) != nil
    }

    /// A whole number.
    public func integer(_ key: String, default standard: Int, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
        guard let value = lookup(key) else { return keep(key, standard) }
        guard case .scalar(let text, quoted: false) = value.content, let number = Int(text), range.contains(number) else {
            throw refusal(key, value, "must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(value.kind)")
        }
        return keep(key, number)
    }

    /// A number.
    public func number(_ key: String, default standard: Double, in range: ClosedRange<Double>) throws(SettingsError) -> Double {
        guard let value = lookup(key) else { return keep(key, standard) }
        guard case .scalar(let text, quoted: false) = value.content, let number = Double(text), range.contains(number) else {
            throw refusal(key, value, "must be a number from \(range.lowerBound) to \(range.upperBound), not \(value.kind)")
        }
        return keep(key, number)
    }

    /// `true` or `false`.
    public func flag(_ key: String, default standard: Bool) throws(SettingsError) -> Bool {
        guard let value = lookup(key) else { return keep(key, standard) }
        switch value.content {
        case .scalar("true", quoted: false): return keep(key, true)
        case .scalar("false", quoted: false): return keep(key, false)
        default: throw refusal(key, value, "must be true or false, not \(value.kind)")
        }
    }

    /// Text of at most `maximumLength` UTF-8 bytes without control characters.
    public func text(_ key: String, default standard: String, maximumLength: Int = 4096) throws(SettingsError) -> String {
        let text = try line(key, default: standard, maximumLength: maximumLength)
        keep(key, text, shown: Redaction.value(text))
        known.hide(Redaction.secrets(in: text))
        return text
    }

    /// Text as `text` reads it that nobody may see: a password, a key, a token. Empty for none.
    public func secret(_ key: String, maximumLength: Int = 4096) throws(SettingsError) -> String {
        known.markSecret(join(key))
        let text = try line(key, default: "", maximumLength: maximumLength)
        keep(key, text, shown: text.isEmpty ? "" : Redaction.removed)
        known.hide([text: Redaction.removed])
        return text
    }

    private func line(_ key: String, default standard: String, maximumLength: Int) throws(SettingsError) -> String {
        guard let value = lookup(key) else { return standard }
        guard case .scalar(let text, _) = value.content else { throw refusal(key, value, "must be text, not \(value.kind)") }
        guard text.utf8.count <= maximumLength, text.utf8.allSatisfy({ $0 >= 0x20 }) else {
            throw refusal(key, value, "must be one line of at most \(maximumLength) bytes")
        }
        return text
    }

    /// One of the raw values of an enumeration.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default standard: Choice) throws(SettingsError)
        -> Choice
    where Choice.RawValue == String {
        guard let value = lookup(key) else {
            _ = keep(key, standard.rawValue)
            return standard
        }
        guard case .scalar(let text, _) = value.content, let choice = Choice(rawValue: text) else {
            let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal(key, value, "must be one of \(allowed), not \(value.kind)")
        }
        _ = keep(key, text)
        return choice
    }

    /// One of a few numbers.
    public func integer(_ key: String, default standard: Int, of allowed: [Int]) throws(SettingsError) -> Int {
        guard let value = lookup(key) else { return keep(key, standard) }
        guard case .scalar(let text, quoted: false) = value.content, let number = Int(text), allowed.contains(number) else {
            throw refusal(key, value, "must be one of \(allowed.map(String.init).joined(separator: ", ")), not \(value.kind)")
        }
        return keep(key, number)
    }

    /// A section within this one; empty when it is not there.
    public func section(_ key: String) throws(SettingsError) -> SettingsSection {
        let inner = lookup(key) ?? SettingsValue.emptyMapping(document: value.document)
        return try SettingsSection(inner, path: join(key), unknownKeys: unknownKeys, known: known)
    }

    /// The items of a list, each with its path; empty when the key is not there.
    public func list(_ key: String) throws(SettingsError) -> [(value: SettingsValue, path: String)] {
        guard let value = lookup(key) else { return [] }
        guard case .list(let items) = value.content else { throw refusal(key, value, "must be a list, not \(value.kind)") }
        return items.enumerated().map { ($1, "\(join(key)).\($0)") }
    }

    /// The sections of a list.
    public func sections(_ key: String) throws(SettingsError) -> [SettingsSection] {
        var sections: [SettingsSection] = []
        for item in try list(key) {
            sections.append(try SettingsSection(item.value, path: item.path, unknownKeys: unknownKeys, known: known))
        }
        return sections
    }

    /// The texts of a list.
    /// - Parameter standard: where the key is not there.
    public func texts(_ key: String, default standard: [String] = []) throws(SettingsError) -> [String] {
        var texts = has(key) ? [] : standard
        for item in try list(key) {
            guard case .scalar(let text, _) = item.value.content else {
                throw SettingsError(
                    document: item.value.document, line: item.value.line, path: item.path,
                    problem: "must be text, not \(item.value.kind)")
            }
            texts.append(text)
            known.hide(Redaction.secrets(in: text))
        }
        keep(key, texts, shown: "[\(texts.map(Redaction.value).joined(separator: ", "))]")
        return texts
    }

    /// The raw value of a key, for what only the caller can read; `keep` then says what was read.
    public func raw(_ key: String) -> SettingsValue? {
        lookup(key)
    }

    /// Puts what the caller read from `raw` or `list` into the record. It must hold nothing secret.
    public func keep(_ key: String, read value: String) {
        keep(key, value, shown: value)
    }

    /// Refuses keys that nobody asked for.
    public func finish() throws(SettingsError) {
        guard unknownKeys == .refuse else { return }
        let asked = known.keys(of: path)
        for entry in entries where !asked.contains(entry.key) {
            let near = asked.min { distance($0, entry.key) < distance($1, entry.key) }
            let hint = near.map { distance($0, entry.key) <= 3 ? "did you mean '\($0)'?" : nil } ?? nil
            throw SettingsError(
                document: entry.value.document, line: entry.value.line, path: join(entry.key),
                problem: "unknown key; \(hint ?? "known here: \(asked.sorted().joined(separator: ", "))")")
        }
    }

    /// An error at a key of this section, for checks that only the caller can make.
    public func refusal(_ key: String, _ problem: String) -> SettingsError {
        let at = entries.first { $0.key == key }?.value ?? value
        return refusal(key, at, problem)
    }

    /// An error at an item of a list of this section.
    public func refusal(_ key: String, item: Int, _ problem: String) -> SettingsError {
        var error = refusal(key, problem)
        if case .list(let items)? = entries.first(where: { $0.key == key })?.value.content, items.indices.contains(item) {
            error.line = items[item].line ?? error.line
        }
        error.path += ".\(item)"
        return error
    }

    /// Paths of all keys asked for so far, in this section and those around and below it.
    public var knownPaths: Set<String> { known.paths }

    /// What was read so far, in this section and those around and below it, in the order of asking.
    public var record: SettingsRecord { known.record }

    private func keep<Value: Hashable>(_ key: String, _ value: Value) -> Value {
        keep(key, value, shown: "\(value)")
        return value
    }

    private func keep<Value: Hashable>(_ key: String, _ value: Value, shown: String) {
        known.keep(.init(path: join(key), value: shown, isGiven: lookup(key) != nil, fingerprint: value.hashValue))
    }

    private func lookup(_ key: String) -> SettingsValue? {
        known.insert(key, in: path)
        guard let value = entries.first(where: { $0.key == key })?.value, value.content != .null else { return nil }
        return value
    }

    private func join(_ key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    private func refusal(_ key: String, _ value: SettingsValue, _ problem: String) -> SettingsError {
        SettingsError(document: value.document, line: value.line, path: join(key), problem: problem)
    }
}

/// The keys a reader asked for and what it took, shared by all sections of one document.
private final class KnownKeys: Sendable {
    private let asked = Mutex<[String: Set<String>]>([:])
    private let kept = Mutex(SettingsRecord())

    func insert(_ key: String, in section: String) {
        asked.withLock { _ = $0[section, default: []].insert(key) }
    }

    func keys(of section: String) -> Set<String> {
        asked.withLock { $0[section] ?? [] }
    }

    var paths: Set<String> {
        asked.withLock { asked in
            Set(asked.flatMap { section, keys in keys.map { section.isEmpty ? $0 : "\(section).\($0)" } })
        }
    }

    func keep(_ entry: SettingsRecord.Entry) {
        kept.withLock { $0.keep(entry) }
    }

    func markSecret(_ path: String) {
        kept.withLock { _ = $0.secretPaths.insert(path) }
    }

    func hide(_ secrets: [String: String]) {
        kept.withLock { $0.secrets.merge(secrets) { old, _ in old } }
    }

    var record: SettingsRecord { kept.withLock { $0 } }
}

/// Levenshtein distance: how many letters to change, add or leave out.
private func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var row = Array(0...right.count)
    for i in left.indices {
        var diagonal = row[0]
        row[0] = i + 1
        for j in right.indices {
            let substitution = diagonal + (left[i] == right[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[right.count]
}
