// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// What a job found out.
public struct TaskOutcome: Sendable {
    /// The job's own keys, `success` first.
    public var fields: JSONObject
    /// What was found, by name, for the module's statistics; empty names are counted only.
    public var found: [String]

    public init(_ fields: JSONObject, found: [String] = []) {
        self.fields = fields
        self.found = found
    }
}

/// The answer to one request.
public struct TaskAnswer: Sendable {
    public var document: JSONObject
    /// The document's `success`.
    public var isSuccess: Bool
    /// The document's `code`: 200, 404 (no such route), 429 (full; worth trying again), 500 or 503. A transport answers
    /// 404 with HTTP 404 and everything else with HTTP 200, as clients of the original expect.
    public var code: Int
    /// Why it failed; nil when it did not.
    public var error: TaskError?

    /// UTF-8; the transport sends it with its length, never in chunks.
    public var body: [UInt8] { document.bytes }
}

/// The keys every answer ends with, of both generations of the original: up to 2.5.1 clients were told `executionProvider`
/// and `canUseGPU`, since then `inferenceDevice`.
struct AnswerEnvelope {
    var module: TaskModule?
    var command: String
    var requestID: String
    /// From the request's last byte to its answer.
    var roundTripNanoseconds: Int64
    var now: Date

    func fields(code: Int) -> JSONObject {
        var fields: JSONObject = [:]
        if let module {
            fields["moduleId"] = .string(module.id)
            fields["moduleName"] = .string(module.name)
        }
        fields["code"] = .int(code)
        fields["command"] = .string(command)
        fields["requestId"] = .string(requestID)
        fields["inferenceDevice"] = .string("CPU")
        fields["executionProvider"] = .string("CPU")
        fields["canUseGPU"] = .bool(false)
        fields["analysisRoundTripMs"] = .int(Self.milliseconds(roundTripNanoseconds))
        fields["processedBy"] = .string("localhost")
        fields["timestampUTC"] = .string(Self.rfc1123(now))
        return fields
    }

    static func milliseconds(_ nanoseconds: Int64) -> Int { Int(max(0, nanoseconds) / 1_000_000) }

    /// E.g. `Fri, 20 Nov 2026 23:10:58 GMT`.
    static func rfc1123(_ date: Date) -> String {
        let seconds = Int(date.timeIntervalSince1970.rounded(.down))
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        let clock = seconds - days * 86_400
        let (year, month, day) = civil(days: days)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((days % 7) + 7) % 7]
        let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(weekday), \(two(day)) \(name) \(year) \(two(clock / 3600)):\(two(clock / 60 % 60)):\(two(clock % 60)) GMT"
    }

    /// Year, month and day of the Gregorian calendar, from days since 1970-01-01 (Hinnant, "chrono-compatible low-level
    /// date algorithms", `civil_from_days`).
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
