// SPDX-License-Identifier: Apache-2.0

/// Reads borrowed bytes from front to back, never beyond their end, and keeps the limits of both encodings.
struct ByteCursor {
    /// Elements of all lists, maps and structures of a document together.
    static let mostElements = 65_536
    /// Values in values.
    static let deepest = 16

    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0
    private var elementsLeft = ByteCursor.mostElements

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - offset }

    mutating func byte(_ field: String) throws(XLinkDecodingError) -> UInt8 {
        guard offset < bytes.count else { throw .truncated(field: field, offset: offset) }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// A number as it lies in memory: the caller knows its byte order.
    mutating func load<Number: FixedWidthInteger>(_ type: Number.Type, _ field: String) throws(XLinkDecodingError) -> Number {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { throw .truncated(field: field, offset: offset) }
        defer { offset += size }
        return bytes.loadUnaligned(fromByteOffset: offset, as: type)
    }

    mutating func take(_ count: UInt64, _ field: String) throws(XLinkDecodingError) -> UnsafeRawBufferPointer {
        guard count <= UInt64(remaining) else { throw .truncated(field: field, offset: offset) }
        defer { offset += Int(count) }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)])
    }

    /// Admits an announced number of elements, each of which takes a byte at least, so that nobody works for elements that
    /// cannot be there.
    mutating func admit(_ count: UInt64, valuesEach: Int = 1, _ field: String) throws(XLinkDecodingError) -> Int {
        guard count <= UInt64(elementsLeft / valuesEach) else {
            throw .tooManyElements(field: field, count: count, offset: offset)
        }
        guard Int(count) * valuesEach <= remaining else { throw .truncated(field: field, offset: offset) }
        elementsLeft -= Int(count) * valuesEach
        return Int(count)
    }
}
