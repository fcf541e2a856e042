// SPDX-License-Identifier: Apache-2.0

/// Reads little-endian numbers from a part of a file and never past its end.
package struct BlobCursor {
    package let bytes: [UInt8]
    /// Absolute position in the file.
    package private(set) var position: Int
    /// First byte that must not be read.
    package let end: Int

    /// A cursor over `range`, which must lie within `bytes`.
    init(_ bytes: [UInt8], _ range: Range<Int>) throws(BlobFormatError) {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
            throw BlobFormatError(
                offset: bytes.count, reason: "the file ends before byte \(range.upperBound); it is cut off")
        }
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    package var left: Int { end - position }

    package mutating func unsigned() throws(BlobFormatError) -> UInt32 {
        guard left >= 4 else { throw BlobFormatError(offset: position, reason: "four more bytes expected, \(left) left") }
        let start = position
        position += 4
        return bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt32.self)) }
    }

    /// An unsigned number as `Int`, which holds all of them.
    package mutating func count() throws(BlobFormatError) -> Int { Int(try unsigned()) }

    package mutating func signed() throws(BlobFormatError) -> Int { Int(Int32(bitPattern: try unsigned())) }

    package mutating func float() throws(BlobFormatError) -> Float { Float(bitPattern: try unsigned()) }

    package mutating func flag() throws(BlobFormatError) -> Bool { try unsigned() != 0 }

    /// Skips `count` bytes and gives their place.
    package mutating func skip(_ count: Int) throws(BlobFormatError) -> Range<Int> {
        guard count >= 0, count <= left else {
            throw BlobFormatError(offset: position, reason: "\(count) more bytes expected, \(left) left")
        }
        defer { position += count }
        return position..<position + count
    }

    /// A list of signed numbers behind its length.
    package mutating func signedList() throws(BlobFormatError) -> [Int] {
        let length = try signed()
        guard length >= 0, length <= left / 4 else {
            throw BlobFormatError(offset: position - 4, reason: "a list of \(length) numbers in \(left) bytes")
        }
        var list: [Int] = []
        for _ in 0..<length { list.append(try signed()) }
        return list
    }
}
