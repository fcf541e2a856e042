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

    /// A network that is at its first picture for hours (Fixtures/endless.py), as one that is much too large would be.
    @Test func itStopsFeedingTheWatchdogWhileAStageHangs() async throws {
        let socket = try NotifySocket()
        let network = try #require(Bundle.module.url(forResource: "endless", withExtension: "onnx", subdirectory: "Fixtures"))
        try await withDaemon(["--set", "models.detection=\(network.path)"], environment: environment(socket)) { daemon in
            let word = try await Blocking.run {
                var word = ""
                // The watchdog is fed about once a second until then: a minute of it is enough.
                for _ in 0..<80 where !word.hasPrefix("STATUS=hanging: ") { word = try socket.next(within: 60) }
                return word
            }
            #expect(word.hasPrefix("STATUS=hanging: ") && word.contains("demo network"), "\(word)")
            // Time for two more looks, neither of which feeds it.
            let meanwhile = try await Blocking.run { try socket.all(within: 2) }
            #expect(!meanwhile.contains("WATCHDOG=1"))
            #expect(daemon.log.contains("demo network hangs"))
            // Nor does it keep the daemon from ending.
            #expect(try await daemon.end() == 1)
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
