// SPDX-License-Identifier: Apache-2.0

/// Reads the fields of Protocol Buffers messages one after the other, never beyond a given end.
///
/// What the wire format forbids, and groups, which no version of ONNX has, are errors: a reader more lenient than ONNX
/// Runtime's would overlook what that one finds.
struct ProtobufReader<Source: ByteSource> {
    private(set) var source: Source
    /// The next byte.
    private(set) var index = 0

    /// A field's content.
    enum Value: Hashable {
        case number(UInt64)
        case bytes(Range<Int>)
        /// 32 or 64 bits of no interest.
        case fixed
    }

    init(_ source: Source) {
        self.source = source
    }

    /// Reads the next field.
    /// - Parameter end: where its message ends, after `index`.
    mutating func field(before end: Int) throws(ONNXFormatError) -> (number: Int, value: Value) {
        let start = index
        let key = try varint(before: end)
        // Longer keys are cut by some readers: two of them could see different fields.
        guard key <= UInt64(UInt32.max), key >= 8 else { throw .malformed(at: start, "a field has no valid number") }
        let value: Value
        switch key & 7 {
        case 0: value = .number(try varint(before: end))
        case 1:
            try skip(8, before: end)
            value = .fixed
        case 2:
            let length = try varint(before: end)
            guard length <= UInt64(end - index) else { throw .malformed(at: start, "a field is longer than what it stands in") }
            value = .bytes(index..<(index + Int(length)))
        case 5:
            try skip(4, before: end)
            value = .fixed
        default: throw .malformed(at: start, "a field is of no known kind")
        }
        return (Int(key >> 3), value)
    }

    /// Goes on at another place, which must lie within the bytes.
    mutating func move(to place: Int) {
        index = place
    }

    /// The bytes of a field, at most the first `limit` of them.
    mutating func bytes(_ range: Range<Int>, limit: Int) throws(ONNXFormatError) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in range.prefix(limit) { bytes.append(try source.byte(at: index)) }
        return bytes
    }

    /// The beginning of a field that is text.
    mutating func text(_ range: Range<Int>, limit: Int) throws(ONNXFormatError) -> String {
        String(decoding: try bytes(range, limit: limit), as: UTF8.self)
    }

    /// Whether a field is this text.
    mutating func isText(_ text: StaticString, _ range: Range<Int>) throws(ONNXFormatError) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for (place, index) in range.enumerated() where try source.byte(at: index) != text.utf8Start[place] { return false }
        return true
    }

    private mutating func skip(_ count: Int, before end: Int) throws(ONNXFormatError) {
        guard count <= end - index else { throw .malformed(at: index, "a number is cut off") }
        index += count
    }

    private mutating func varint(before end: Int) throws(ONNXFormatError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard index < end else { throw .malformed(at: index, "a number is cut off") }
            let byte = try source.byte(at: index)
            index += 1
            guard shift < 63 || byte <= 1 else { throw .malformed(at: index - 1, "a number has more than 64 bits") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed(at: index, "a number has more than 64 bits")
    }
}
