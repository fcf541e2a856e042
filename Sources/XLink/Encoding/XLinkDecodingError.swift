// SPDX-License-Identifier: Apache-2.0

/// Why bytes from a device could not be read: what was being read, where in the bytes, and what is wrong with it.
///
/// A message with one of these is dropped and counted; there is nothing in it to be mended.
public enum XLinkDecodingError: Error, CustomStringConvertible, Hashable {
    /// The bytes end inside a field.
    case truncated(field: String, offset: Int)
    /// A field begins with a byte that stands for another kind of value.
    case wrongKind(field: String, expected: String, prefix: UInt8, offset: Int)
    /// A number does not fit its field.
    case outOfRange(field: String, offset: Int)
    /// A structure of older firmware, or no structure of that kind at all.
    case tooFewFields(structure: String, count: Int, expected: Int)
    /// Values in values in values, deeper than any message is.
    case tooDeep(offset: Int)
    /// A list, map or structure that announces more than any message holds.
    case tooManyElements(field: String, count: UInt64, offset: Int)
    /// Bytes behind the end of a value that should fill all of them.
    case surplus(count: Int, offset: Int)
    /// The end of a message is not one.
    case badTrailer(reason: String)
    /// A member of a map is absent or of another kind.
    case missing(field: String)

    public var description: String {
        switch self {
        case .truncated(let field, let offset): "\(field): the bytes end inside it, at \(offset)"
        case .wrongKind(let field, let expected, let prefix, let offset):
            "\(field): is not \(expected): prefix \(prefix) at byte \(offset)"
        case .outOfRange(let field, let offset): "\(field): the number at byte \(offset) does not fit"
        case .tooFewFields(let structure, let count, let expected):
            "\(structure): \(count) fields instead of \(expected): the firmware is of a release depthd does not know"
        case .tooDeep(let offset): "values are nested too deeply at byte \(offset)"
        case .tooManyElements(let field, let count, let offset):
            "\(field): announces \(count) elements at byte \(offset), more than any message holds"
        case .surplus(let count, let offset): "\(count) bytes follow the end of the value at byte \(offset)"
        case .badTrailer(let reason): "the end of the message \(reason)"
        case .missing(let field): "\(field): is missing or of another kind"
        }
    }
}
