// SPDX-License-Identifier: Apache-2.0

/// How far a document's aliases multiply it, told from its text alone. A parser that compares two keys made of aliases could
/// be at it for years.
enum AliasExpansion {
    /// Looks for the line from which on a document would have more than `maximum` bytes, were every alias written out. The
    /// estimate is never too low: what an alias stands for ends before it is first used.
    /// - Returns: counted from 1; nil for a document that stays below.
    static func line(in text: String, beyond maximum: Int) -> Int? {
        var (size, line) = (0, 1)
        // Size of the document where an anchor stands, and of what is between it and its first use.
        var (starts, sizes): ([Substring: Int], [Substring: Int]) = ([:], [:])
        let bytes = text.utf8
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            bytes.formIndex(after: &index)
            size += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
            let end = bytes[index...].firstIndex { !isInName($0) } ?? bytes.endIndex
            let name = text[index..<end]
            if byte == UInt8(ascii: "&") {
                (starts[name], sizes[name]) = (size, nil)
            } else if let start = starts[name] {
                let alias = sizes[name] ?? size - start
                sizes[name] = alias
                size += alias
                if size > maximum { return line }
            }
        }
        return nil
    }

    private static func isInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
