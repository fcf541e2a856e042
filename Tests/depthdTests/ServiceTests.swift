// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// The real program as a service manager sees it.
@Suite(.serialized)
struct ServiceTests {
    private func environment(_ socket: NotifySocket) -> [String: String] {
        ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "3000000"]
    }

    /// News until one of them is `last`, that one included.
    private func news(_ socket: NotifySocket, until last: String) throws -> [String] {
        var news: [String] = []
        repeat { news.append(try socket.next(within: 60)) } while news.last != last
        return news
    }

    @Test(arguments: [false, true])
    func itSaysWhatBecomesOfIt(isAbstract: Bool) async throws {
        let socket = try NotifySocket(isAbstract: isAbstract)
        try await withDaemon(environment: environment(socket)) { daemon in
            let beginning = try await Blocking.run { try news(socket, until: "READY=1") }
            #expect(beginning.allSatisfy { $0 == "READY=1" || $0 == "WATCHDOG=1" || $0.hasPrefix("STATUS=cameras: ") })
            _ = try await Blocking.run { try news(socket, until: "STATUS=cameras: 1 running") }
            _ = try await Blocking.run { try news(socket, until: "WATCHDOG=1") }

            daemon.signal(SIGHUP)
            let reload = try await Blocking.run { try news(socket, until: "READY=1") }
            #expect(reload.contains { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") }, "\(reload)")
        }
        _ = try await Blocking.run { try news(socket, until: "STOPPING=1") }
    }

    /// The capture is held, as if its driver never came back: the one stage that is at work at every moment.
    @Test func itStopsFeedingTheWatchdogWhileAStageHangs() async throws {
        let stage = "demo capture"
        let socket = try NotifySocket()
        try await withDaemon(environment: environment(socket)) { daemon in
            _ = try await Blocking.run { try news(socket, until: "STATUS=cameras: 1 running") }
            let held = try await Blocking.run { try HeldThread(of: daemon.identifier, stage) }
            defer { held.release() }
            // Whoever waits for what the stage held hangs with it.
            _ = try await Blocking.run {
                while true {
                    let word = try socket.next(within: 60)
                    if word.hasPrefix("STATUS=hanging: "), word.contains(stage) { break }
                }
            }
            // Time for two more looks, neither of which feeds it.
            let meanwhile = try await Blocking.run { try socket.all(within: 2) }
            #expect(!meanwhile.contains("WATCHDOG=1"))
            #expect(daemon.log.contains("\(stage) hangs"))
            held.release()
            _ = try await Blocking.run { try news(socket, until: "WATCHDOG=1") }
        }
    }

    @Test func aCameraThatIsMerelyAwayIsNoReasonToStopFeeding() async throws {
        let socket = try NotifySocket()
        let away = ["cameras.0.id=away", "cameras.0.source=v4l2", "cameras.0.v4l2.device=serial:nowhere"]
        try await withDaemon(away.flatMap { ["--set", $0] }, environment: environment(socket)) { daemon in
            _ = try await Blocking.run { try news(socket, until: "STATUS=cameras: 1 absent") }
            // Well beyond the time a stage is given.
            for _ in 0..<8 { _ = try await Blocking.run { try news(socket, until: "WATCHDOG=1") } }
            #expect(!daemon.log.contains("hangs"))
        }
    }
}

/// A thread of another process, held by the debugger's interface of the kernel.
private struct HeldThread {
    private let process = Process()

    private static let program = """
        import ctypes, os, signal, sys
        process, name = sys.argv[1], sys.argv[2][:15]
        tasks = f"/proc/{process}/task"
        thread = next(int(t) for t in os.listdir(tasks) if open(f"{tasks}/{t}/comm").read().strip() == name)
        ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        SEIZE, INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000
        if ptrace(SEIZE, thread, None, None) or ptrace(INTERRUPT, thread, None, None):
            sys.exit(os.strerror(ctypes.get_errno()))
        os.waitpid(thread, WALL)
        print("held", flush=True)
        signal.pause()
        """

    struct Failure: Error {}

    init(of daemon: Int32, _ name: String) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", Self.program, "\(daemon)", name]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        guard String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "held\n" else {
            process.terminate()
            throw Failure()
        }
    }

    /// Lets it go on: the kernel does when the one who holds it ends. May be called more than once.
    func release() {
        process.terminate()
        process.waitUntilExit()
    }
}
