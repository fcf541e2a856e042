// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The named texts of a request. Of several with one name the first wins; a transport puts the query's before the form's.
public struct TaskValues: Sendable, Hashable {
    private var pairs: [String: String] = [:]

    public init() {}

    public init(_ pairs: some Sequence<(name: String, value: String)>) {
        for pair in pairs { add(pair.name, pair.value) }
    }

    /// Adds a value unless one of this name is there.
    public mutating func add(_ name: String, _ value: String) {
        if pairs[name] == nil { pairs[name] = value }
    }

    /// The first of `names` that has a value.
    public func text(_ names: String...) -> String? {
        for name in names {
            if let value = pairs[name] { return value }
        }
        return nil
    }

    /// The value as a finite number; `fallback` when there is none.
    /// - Throws: `TaskError.value` when it is something else.
    public func number(_ name: String, default fallback: Double) throws(TaskError) -> Double {
        guard let text = pairs[name] else { return fallback }
        guard let number = Double(text.trimmingCharacters(in: .whitespaces)), number.isFinite else {
            throw .value(name: name, reason: "must be a number, not \"\(text.prefix(40))\"")
        }
        return number
    }

    /// A number of 0...1; `fallback` when there is none.
    public func fraction(_ name: String, default fallback: Double) throws(TaskError) -> Float {
        let number = try number(name, default: fallback)
        guard (0...1).contains(number) else { throw .value(name: name, reason: "must be 0 to 1, not \(number)") }
        return Float(number)
    }

    /// A whole number; nil when the value is missing. Like the original, refuses fractions.
    public func whole(_ name: String) throws(TaskError) -> Int? {
        guard let text = pairs[name] else { return nil }
        guard let number = Int(text.trimmingCharacters(in: .whitespaces)) else {
            throw .value(name: name, reason: "must be a whole number, not \"\(text.prefix(40))\"")
        }
        return number
    }

    /// y, yes, t, true, on and 1 are true, in upper and lower case; everything else is false.
    public func flag(_ name: String, default fallback: Bool = false) -> Bool {
        guard let text = pairs[name] else { return fallback }
        return ["y", "yes", "t", "true", "on", "1"].contains(text.trimmingCharacters(in: .whitespaces).lowercased())
    }
}
