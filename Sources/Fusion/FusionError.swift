// SPDX-License-Identifier: Apache-2.0

/// What the fusion target refuses: settings out of range, named by field, with what would be accepted.
public enum FusionError: Error, CustomStringConvertible, Hashable {
    /// `field` holds `value`; `expected` says what it may hold.
    case outOfRange(field: String, value: String, expected: String)

    public var description: String {
        switch self {
        case .outOfRange(let field, let value, let expected): "\(field) is \(value): set it to \(expected)"
        }
    }

    /// Throws when `value` is not inside `range`; NaN is inside no range.
    static func check<Value: Comparable>(_ value: Value, in range: ClosedRange<Value>, _ field: String) throws(FusionError) {
        guard range.contains(value) else {
            throw .outOfRange(
                field: field, value: "\(value)", expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
