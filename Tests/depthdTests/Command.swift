// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// One run of a program to its end.
struct Command {
    let status: Int32
    let output: String
    let complaint: String
    let data: Data

    /// Runs `program` and waits for its end.
    init(_ program: String, _ arguments: [String]) async throws {
        self = try await Blocking.run { try Command(running: program, arguments) }
    }

    private init(running program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let out = Pipe()
        // What it complains about goes to a file: two pipes could fill against each other.
        let complaints = FileManager.default.temporaryDirectory.appendingPathComponent("complaint-\(UUID().uuidString)")
        try Data().write(to: complaints)
        defer { try? FileManager.default.removeItem(at: complaints) }
        process.standardOutput = out
        process.standardError = try FileHandle(forWritingTo: complaints)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        data = try out.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        status = process.terminationStatus
        output = String(decoding: data, as: UTF8.self)
        complaint = (try? String(contentsOf: complaints, encoding: .utf8)) ?? ""
    }

    /// Runs depthd itself.
    static func depthd(_ arguments: [String]) async throws -> Command {
        try await Command(DaemonProcess.program.path, arguments)
    }

    private static let description = Result { try APIDescription.ofCheckout() }

    /// GETs a URL with curl: an HTTP client that is not ours. Every answer is held against `openapi.json`.
    static func get(_ url: String, _ options: [String] = []) async throws -> Command {
        try await exchange(url, options).command
    }

    /// The status code a URL is answered with; 0 without an answer.
    static func code(_ url: String, _ options: [String] = []) async throws -> Int {
        try await exchange(url, options).status
    }

    private static func exchange(_ url: String, _ options: [String]) async throws -> (command: Command, status: Int) {
        let heads = FileManager.default.temporaryDirectory.appendingPathComponent("heads-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: heads) }
        let own = ["--silent", "--show-error", "--max-time", "20", "--dump-header", heads.path]
        let command = try await Command("/usr/bin/curl", own + options + [url])
        let lines = ((try? String(contentsOf: heads, encoding: .utf8)) ?? "").components(separatedBy: "\r\n")
        // The last head is the answer's: a "100 Continue" may come before it.
        let status = lines.last { $0.hasPrefix("HTTP/") }.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        let type = lines.last { $0.lowercased().hasPrefix("content-type:") }?.dropFirst(13) ?? ""
        // What curl cut off, or wrote elsewhere, is no whole answer.
        guard command.status == 0, status > 0, !options.contains("--output"), !options.contains("--include") else {
            return (command, status)
        }
        let answer = APIDescription.Answer(
            method: method(of: options), path: URL(string: url)?.path(percentEncoded: true) ?? "", status: status,
            contentType: type.trimmingCharacters(in: .whitespaces), body: command.data)
        for problem in try description.get().problems(answer) { Issue.record("\(problem)") }
        return (command, status)
    }

    /// The method curl uses with these options.
    private static func method(of options: [String]) -> String {
        if let at = options.firstIndex(where: ["-X", "--request"].contains), at + 1 < options.count { return options[at + 1] }
        if options.contains(where: { ["-I", "--head"].contains($0) }) { return "HEAD" }
        let sends = options.contains { ["-d", "-F", "--json"].contains($0) || $0.hasPrefix("--data") || $0.hasPrefix("--form") }
        return sends ? "POST" : "GET"
    }

    /// The JSON object a URL is answered with.
    static func json(_ url: String, _ options: [String] = []) async throws -> [String: Any] {
        let answer = try await get(url, options)
        return (try? JSONSerialization.jsonObject(with: answer.data)) as? [String: Any] ?? [:]
    }
}
