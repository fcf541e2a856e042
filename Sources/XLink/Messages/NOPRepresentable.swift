// SPDX-License-Identifier: Apache-2.0

/// What is a structure, or a value, of the structure encoding in both directions.
public protocol NOPRepresentable: Sendable {
    init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError)
    var nop: NOPValue { get }
}

extension NOPDecoder {
    mutating func list<Element: NOPRepresentable>(of type: Element.Type, _ field: String) throws(XLinkDecodingError) -> [Element]
    {
        let count = try list(field)
        var elements: [Element] = []
        // Few messages have more; no more than this is believed before it is there.
        elements.reserveCapacity(min(count, 64))
        for _ in 0..<count { elements.append(try Element(&self)) }
        return elements
    }
}

extension Array where Element: NOPRepresentable {
    var nop: NOPValue { .list(map(\.nop)) }
}

/// What has coordinates that a misbehaving device can fill with anything.
public protocol FiniteCheckable {
    /// Whether all its floats are finite.
    var isFinite: Bool { get }
}

extension Array where Element: FiniteCheckable {
    /// Removes what is not finite.
    /// - Returns: how many there were, for the caller's counter.
    public mutating func dropNonFinite() -> Int {
        let before = count
        removeAll { !$0.isFinite }
        return before - count
    }
}
