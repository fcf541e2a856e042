// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore

/// A request on its way to its handler.
struct RouteRequest: Sendable {
    var request: Request
    var channel: any Channel
    /// What stood in the places of the path: `id`, `name`.
    var parameters: [String: String] = [:]

    /// A parameter of the query; nil when it is absent.
    func parameter(_ name: String) -> String? {
        request.uri.queryParameters[Substring(name)].map(String.init)
    }

    /// A whole number of the query.
    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = parameter(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let expected = range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            throw HTTPError.badParameter(name, text, expected: "a whole number, \(expected)")
        }
        return value
    }

    /// A number of the query.
    func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let text = parameter(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw HTTPError.badParameter(name, text, expected: "a number, \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Whether a parameter of the query says `true`; not without it.
    func flag(_ name: String) throws -> Bool {
        guard let text = parameter(name) else { return false }
        guard let value = Bool(text) else { throw HTTPError.badParameter(name, text, expected: "true or false") }
        return value
    }
}
