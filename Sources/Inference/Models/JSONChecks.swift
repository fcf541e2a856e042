// SPDX-License-Identifier: Apache-2.0

/// A key as it stands in the file, known or not.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// Throws for the first key (in alphabetical order) that is not one of `Key`.
    func refuseUnknownKeys<Key: CodingKey & CaseIterable>(_: Key.Type) throws {
        let known = Key.allCases.map(\.stringValue)
        let found = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        guard let unknown = found.first(where: { !known.contains($0) }) else { return }
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: codingPath + [AnyKey(stringValue: unknown)],
                debugDescription: "is not a known key (known: \(known.joined(separator: ", ")))"))
    }
}

extension KeyedDecodingContainer {
    /// Throws with the field's path when `condition` does not hold.
    func require(_ condition: Bool, _ key: Key, _ expected: String) throws {
        guard !condition else { return }
        throw DecodingError.dataCorrupted(
            .init(codingPath: codingPath + [key], debugDescription: "must be \(expected)"))
    }
}

extension KeyedDecodingContainer {
    /// A whole number. Foundation calls a number that is too large for `Int` broken JSON; this names the field.
    func decodeWhole(_ key: Key) throws -> Int {
        let number = try decode(Double.self, forKey: key)
        guard let whole = Int(exactly: number) else {
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath + [key], debugDescription: "must be a whole number"))
        }
        return whole
    }

    /// A whole number, or nil when the field is not there.
    func decodeWholeIfPresent(_ key: Key) throws -> Int? {
        contains(key) ? try decodeWhole(key) : nil
    }
}

extension DecodingError {
    /// The path of the field ("input.width", "tensors[1].output_dimensions") and what is wrong with it.
    var fieldAndReason: (field: String, reason: String) {
        switch self {
        case .keyNotFound(let key, let context): (Self.path(context.codingPath + [key]), "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            (Self.path(context.codingPath), context.debugDescription)
        case .dataCorrupted(let context): (Self.path(context.codingPath), context.debugDescription)
        @unknown default: ("file", "\(self)")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        guard !keys.isEmpty else { return "file" }
        return keys.reduce("") { path, key in
            if let index = key.intValue { return "\(path)[\(index)]" }
            return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
        }
    }
}
