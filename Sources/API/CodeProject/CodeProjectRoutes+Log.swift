// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Logging
import Tasks

/// `log/…`: what the daemon has said lately, and a place for clients to add to it.
extension CodeProjectRoutes {
    static let logRoutes: [ServerRoute] = [
        .get("log/list") { routes, call in routes.tellLog(call) },
        .post("log") { routes, call in try await routes.addToLog(call) },
    ]

    private static let standardCount = 10
    private static let maximumCount = 500

    private func tellLog(_ call: RouteRequest) -> Response {
        if let refusal = refusedKey(call.parameter(Self.keyName)) { return refusal }
        let count = call.parameter("count").flatMap { Int($0) } ?? Self.standardCount
        let last = call.parameter("last_id").flatMap { Int($0) } ?? 0
        let entries = parts.log.entries(after: last, count: min(max(0, count), Self.maximumCount))
        return serverAnswer([
            "entries": .array(
                entries.map { entry in
                    .object([
                        "id": .int(entry.id), "timestamp": .string(Self.iso(entry.time)), "entry": .string(entry.text),
                        "level": .string(Self.name(of: entry.level)), "category": .string(entry.category),
                        "label": .string(entry.label), "exception": .null,
                    ])
                })
        ])
    }

    private func addToLog(_ call: RouteRequest) async throws -> Response {
        try await answerForm(call) { values in
            guard let entry = values.text("entry"), !entry.isEmpty else { return serverRefusal("No log entry provided") }
            parts.log.write(
                entry, level: Self.level(values.text("log_level") ?? ""), category: values.text("category") ?? "Client",
                label: values.text("label") ?? "")
            return serverAnswer([:])
        }
    }

    /// The original's names.
    private static func name(of level: Logger.Level) -> String {
        switch level {
        case .trace: "trace"
        case .debug: "debug"
        case .info, .notice: "information"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }

    private static func level(_ name: String) -> Logger.Level {
        switch name.lowercased() {
        case "trace": .trace
        case "debug": .debug
        case "warning", "warn": .warning
        case "error": .error
        case "critical", "fatal": .critical
        default: .info
        }
    }
}
