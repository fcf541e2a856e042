// SPDX-License-Identifier: Apache-2.0
import Foundation

/// One run of a program to its end.
struct Command {
    let status: Int32
    let output: String
    let complaint: String
    let data: Data

    /// Runs `program` and waits for its end.
    /// - Parameter input: what it reads, if anything.
    init(_ program: String, _ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let (out, error) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        async let outData = Command.drain(out)
        async let errorData = Command.drain(error)
        data = await outData
        complaint = String(decoding: await errorData, as: UTF8.self)
        output = String(decoding: data, as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
    }

    private static func drain(_ pipe: Pipe) async -> Data {
        await Task.detached { (try? pipe.fileHandleForReading.readToEnd()) ?? Data() }.value
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
