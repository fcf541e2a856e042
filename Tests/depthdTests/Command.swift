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
    /// Of an HTTP answer: its status code (0 without an answer) and its head.
    private(set) var code = 0
    private(set) var head = ""

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

    /// GETs a URL with curl: an HTTP client that is not ours. Every answer is held against `openapi.json`.
    static func get(_ url: String, _ options: [String] = []) async throws -> Command {
        let heads = FileManager.default.temporaryDirectory.appendingPathComponent("heads-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: heads) }
        let own = ["--silent", "--show-error", "--max-time", "20"]
        // The last of an option counts: nobody takes the head away from the check.
        var answer = try await Command("/usr/bin/curl", own + options + ["--dump-header", heads.path, url])
        // The last head is the answer's: a "100 Continue" may come before it.
        let text = (try? String(contentsOf: heads, encoding: .utf8)) ?? ""
        answer.head = text.components(separatedBy: "\r\n\r\n").last { !$0.isEmpty } ?? ""
        let lines = answer.head.components(separatedBy: "\r\n")
        let code = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        // A server that died while it was being sent to has only asked to go on.
        guard code >= 200 else { return answer }
        answer.code = code
        let type = lines.first { $0.lowercased().hasPrefix("content-type:") }?.dropFirst(13) ?? ""
        // What curl wrote elsewhere, or cut off when its time was up, is no whole body.
        let isWhole = answer.status == 0 && !options.contains("--output")
        let received = APIDescription.Answer(
            method: method(of: options), path: URL(string: url)?.path(percentEncoded: true) ?? "", status: answer.code,
            contentType: type.trimmingCharacters(in: .whitespaces), body: isWhole ? answer.data : nil)
        for problem in try APIDescription.ofCheckout.get().problems(received) { Issue.record("\(problem)") }
        return answer
    }

    /// The status code a URL is answered with; 0 without an answer.
    static func code(_ url: String, _ options: [String] = []) async throws -> Int {
        try await get(url, options).code
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
