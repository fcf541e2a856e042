// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

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

    /// GETs a URL with curl: an HTTP client that is not ours.
    static func get(_ url: String, _ options: [String] = []) async throws -> Command {
        try await Command("/usr/bin/curl", ["--silent", "--show-error", "--max-time", "20"] + options + [url])
    }

    /// The status code a URL is answered with.
    static func code(_ url: String, _ options: [String] = []) async throws -> Int {
        Int(try await get(url, ["--output", "/dev/null", "--write-out", "%{http_code}"] + options).output) ?? 0
    }

    /// The JSON object a URL is answered with.
    static func json(_ url: String, _ options: [String] = []) async throws -> [String: Any] {
        let answer = try await get(url, options)
        return (try? JSONSerialization.jsonObject(with: answer.data)) as? [String: Any] ?? [:]
    }
}
