// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestSupport
import Testing

/// The real program, started on free ports, asked over real sockets, and ended by the test.
final class DaemonProcess: Sendable {
    /// Where it serves HTTP.
    let base: String
    let udpPort: Int
    private let process: Mutex<Process>
    private let errors: URL
    /// Where it keeps faces and models.
    let state: URL
    let identifier: Int32

    /// The program under test: what `$DEPTHD_PROGRAM` names, as `make test` does with the one that is shipped, or the one beside
    /// the test bundle.
    static let program: URL = {
        if let named = ProcessInfo.processInfo.environment["DEPTHD_PROGRAM"] { return URL(fileURLWithPath: named) }
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [own, SharedData.checkout.appendingPathComponent(".build/release")].map {
            $0.appendingPathComponent("depthd")
        }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? candidates[1]
    }()

    /// Starts `depthd run` and waits until it has announced its address.
    /// - Parameters:
    ///   - arguments: after `run`, beside the ports.
    ///   - environment: beside the test's own.
    ///   - wrapper: a program and its arguments, which become the daemon in the end (`prlimit --nofile=64`).
    init(_ arguments: [String] = [], environment: [String: String] = [:], wrapper: [String] = []) async throws {
        errors = FileManager.default.temporaryDirectory.appendingPathComponent("depthd-\(UUID().uuidString).log")
        try Data().write(to: errors)
        state = FileManager.default.temporaryDirectory.appendingPathComponent("depthd-\(UUID().uuidString)")
        let process = Process()
        let command = wrapper + [Self.program.path]
        process.executableURL = URL(fileURLWithPath: command[0])
        udpPort = try FreePort.udp()
        process.arguments =
            command.dropFirst() + ["run", "--set", "http.port=0", "--set", "udp.port=\(udpPort)", "--set", "http.host=127.0.0.1"]
            + Self.state(state, unlessIn: arguments)
            + Self.demo(unlessIn: arguments) + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        identifier = process.processIdentifier
        let announcement = try await Self.firstLine(of: output.fileHandleForReading)
        base = try #require(
            announcement.split(separator: " ").last.map { String($0.dropLast()) }, "no address in '\(announcement)'")
        self.process = Mutex(process)
    }

    /// Nothing a test does is remembered, unless it says where.
    private static func state(_ folder: URL, unlessIn arguments: [String]) -> [String] {
        arguments.contains { $0.hasPrefix("state.directory") } ? [] : ["--set", "state.directory=\(folder.path)"]
    }

    /// Tests that name no camera see the demo, whatever is plugged into the machine they run on.
    private static func demo(unlessIn arguments: [String]) -> [String] {
        func names(_ start: String) -> Bool { arguments.contains { $0.hasPrefix(start) } }
        guard !names("--config"), !names("cameras.0.source") else { return [] }
        return (names("cameras.0.id") ? [] : ["--set", "cameras.0.id=demo"]) + ["--set", "cameras.0.source=demo"]
    }

    /// The first line the program prints, or a complaint when it ends without one.
    private static func firstLine(of handle: FileHandle) async throws -> String {
        try await Blocking.run {
            var line = Data()
            while true {
                let chunk = handle.availableData
                guard !chunk.isEmpty else { throw Complaint(text: "depthd ended without an address") }
                line += chunk
                if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return String(decoding: line[..<end], as: UTF8.self) }
            }
        }
    }

    struct Complaint: Error {
        let text: String
    }

    /// What it wrote to its log.
    var log: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Asks the daemon something until its log says `words`: at most 200 times, about five seconds of curl starting up.
    func wait(untilLogSays words: String) async throws {
        for _ in 0..<200 where !log.contains(words) { _ = try await Command.code("\(base)/healthz") }
    }

    func signal(_ number: Int32) {
        kill(identifier, number)
    }

    /// Sends SIGTERM and waits for the end.
    /// - Returns: the exit status.
    @discardableResult
    func end() async throws -> Int32 {
        kill(identifier, SIGTERM)
        let status = try await Blocking.run { [self] in
            process.withLock { process -> Int32 in
                process.waitUntilExit()
                return process.terminationStatus
            }
        }
        try? FileManager.default.removeItem(at: errors)
        try? FileManager.default.removeItem(at: state)
        return status
    }
}

/// Runs a daemon for the time of a test and ends it however the test ends.
func withDaemon<Result>(
    _ arguments: [String] = [], environment: [String: String] = [:], wrapper: [String] = [],
    _ body: (DaemonProcess) async throws -> Result
) async throws -> Result {
    let daemon = try await DaemonProcess(arguments, environment: environment, wrapper: wrapper)
    do {
        let result = try await body(daemon)
        try await daemon.end()
        return result
    } catch {
        let log = daemon.log
        try await daemon.end()
        Issue.record("the daemon's log: \(log)")
        throw error
    }
}

/// A port that was free a moment ago.
enum FreePort {
    static func udp() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw DaemonProcess.Complaint(text: "no free port") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
