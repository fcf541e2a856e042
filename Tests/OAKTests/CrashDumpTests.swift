// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Logging
import OAK
import Synchronization
import TestSupport
import Testing
import XLink

struct CrashDumpTests {
    /// A camera that answers what a test gives it; without an answer it is silent, and the session is over.
    private final class Camera: DeviceQuestioning {
        private let answers: [String: [UInt8]]
        let asked = Mutex<[String]>([])
        let limits = Mutex<[Timestamp?]>([])

        init(_ answers: [String: [UInt8]]) { self.answers = answers }

        func ask<Answer>(_ call: DeviceCall<Answer>, until end: Timestamp?) throws(CaptureError) -> Answer? {
            asked.withLock { $0.append(call.name) }
            limits.withLock { $0.append(end) }
            guard let answer = answers[call.name] else { throw .lost("the camera did not answer \(call.name)") }
            do {
                return try call.answer(answer)
            } catch {
                if error.isNoise { throw .lost("\(error)") }
                return nil
            }
        }
    }

    private let lines = LogLines()

    private func response(_ value: MessagePackValue) -> [UInt8] {
        let parts: [MessagePackValue] = [1, 2, 1, value]
        return MessagePackEncoder.encode(.list(parts))
    }

    /// - Parameter serial: each test has a camera of its own, since what one did is remembered.
    private func collect(_ camera: Camera, serial: String = "14442C10D13EABCE00") throws -> (crashed: Bool, dumps: [CrashDump]) {
        let lines = lines
        let collector = CrashDumpCollector(serialNumber: serial, logger: Logger(label: "test") { _ in lines })
        var dumps: [CrashDump] = []
        let crashed = try collector.collect(from: camera) { delivery in
            if case .crash(let dump) = delivery { dumps.append(dump) }
        }
        return (crashed, dumps)
    }

    @Test func aCameraThatDidNotCrashIsAskedNothingElse() throws {
        let camera = Camera(["hasCrashDump": response(false)])
        let outcome = try collect(camera)
        #expect(!outcome.crashed && outcome.dumps.isEmpty && camera.asked.withLock { $0 } == ["hasCrashDump"])
    }

    @Test func aReportIsHandedOverAsItIsAndItsBeginningLogged() throws {
        let before = Timestamp.now()
        let camera = Camera([
            "hasCrashDump": response(true),
            "getCrashDump": response(["crashReports": [["errorSource": "LEON_OS", "crashedThreadId": 7]]]),
        ])
        let outcome = try collect(camera)
        #expect(outcome.crashed)
        let json = #"{"crashReports":[{"crashedThreadId":7,"errorSource":"LEON_OS"}]}"#
        #expect(outcome.dumps == [CrashDump(serialNumber: "14442C10D13EABCE00", json: json)])
        #expect(lines.all.contains { $0.contains("LEON_OS") })
        // Both questions share five seconds.
        let ends = camera.limits.withLock { $0 }.compactMap(\.self)
        #expect(ends.count == 2 && ends[0] == ends[1] && ends[0].nanoseconds(since: before) < 5_100_000_000)
    }

    @Test func aReportThatIsTooLongIsNotReadAndNotKept() throws {
        let octets = [UInt8](repeating: 200, count: CrashDump.maximumBytes / 4)
        for report: MessagePackValue in [.text(String(repeating: "a", count: CrashDump.maximumBytes)), .binary(octets + octets)] {
            let outcome = try collect(Camera(["hasCrashDump": response(true), "getCrashDump": response(report)]))
            #expect(outcome.crashed && outcome.dumps.isEmpty)
        }
        #expect(lines.all.contains { $0.contains("is longer than 4 MiB") })
    }

    @Test(arguments: [[], [0xC1, 0xC1]] as [[UInt8]])
    func aCameraThatAnnouncesAReportAndDoesNotGiveItIsAskedOnce(noise: [UInt8]) throws {
        let serial = "SILENT\(noise.count)"
        let announcing = ["hasCrashDump": response(true)]
        let camera = Camera(noise.isEmpty ? announcing : announcing.merging(["getCrashDump": noise]) { $1 })
        #expect(throws: CaptureError.self) { try collect(camera, serial: serial) }
        // The next session goes on without it.
        #expect(try collect(camera, serial: serial).crashed)
        #expect(camera.asked.withLock { $0 } == ["hasCrashDump", "getCrashDump", "hasCrashDump"])
        #expect(lines.all.count { $0.contains("does not hand it over") } == 1)
    }
}
