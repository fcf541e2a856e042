// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Synchronization
import TestSupport
import Testing

/// The rig's pretend network camera (rigs/fake-oak2) on this machine, on the ports that all of them have: one at a time.
final class PretendOAK: Sendable {
    static let mxid = "14442C10D13EABCE00"

    private let process: Mutex<Process>
    private let output: URL

    /// - Parameters:
    ///   - options: of fake.py.
    ///   - network: a blob that gives rows of DetectionOutput; the camera checks that it gets it, and sees a face. nil for the
    ///     camera as it is.
    init(_ options: [String], network: URL? = nil) async throws {
        output = FileManager.default.temporaryDirectory.appendingPathComponent("oak-\(UUID().uuidString).log")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        let rig = OAKRig.folder.appendingPathComponent("fake.py").path
        process.arguments = ["-u"] + (network.map { ["-c", OAKRig.seesFaces, $0.path, rig] } ?? [rig]) + options
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = process.standardOutput
        try process.run()
        self.process = Mutex(process)
    }

    /// What it said so far.
    var said: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// Waits at most ten seconds for words of it.
    func wait(untilItSays words: String) async throws {
        let end = Timestamp.now().advanced(byNanoseconds: 10_000_000_000)
        try await Blocking.run { [self] in
            while !said.contains(words), Timestamp.now() < end { sched_yield() }
        }
        #expect(said.contains(words), "\(said)")
    }

    func end() async throws {
        try await Blocking.run { [self] in
            process.withLock { process in
                // It may have inherited a mask that keeps other signals from it.
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
        }
        try? FileManager.default.removeItem(at: output)
    }
}

/// Runs a daemon with a pretend camera for the time of a test.
func withOAK<Result>(
    _ options: [String] = [], settings: [String] = [], network: URL? = nil,
    _ body: (DaemonProcess, PretendOAK) async throws -> Result
) async throws -> Result {
    let camera = try await PretendOAK(["--fps", "20", "--sessions", "100"] + options, network: network)
    try await camera.wait(untilItSays: "ready")
    let own = [
        "cameras.0.id=oak", "cameras.0.source=oak", "cameras.0.oak.device=127.0.0.1", "cameras.0.oak.color_width=300",
        "cameras.0.oak.color_height=300", "models.detection=none",
    ]
    do {
        let arguments = (own + settings).flatMap { ["--set", $0] }
        let result = try await withDaemon(arguments) { daemon in try await body(daemon, camera) }
        try await camera.end()
        return result
    } catch {
        Issue.record("the pretend camera said: \(camera.said)")
        try await camera.end()
        throw error
    }
}
