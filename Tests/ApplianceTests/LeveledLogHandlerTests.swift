// SPDX-License-Identifier: Apache-2.0
import Appliance
import Logging
import Synchronization
import Testing

struct LeveledLogHandlerTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    @Test func oneThresholdIsThatOfEveryLoggerThatHasNoneOfItsOwn() {
        let lines = Lines()
        let threshold = LeveledLogHandler.Threshold()
        func logger(_ label: String) -> Logger {
            Logger(label: label) { _ in
                var handler = JournalLogHandler { line in lines.all.withLock { $0.append(line) } }
                handler.logLevel = .trace
                return LeveledLogHandler(handler, threshold: threshold)
            }
        }
        var (first, second) = (logger("a"), logger("b"))
        first[metadataKey: "camera"] = "front"
        second.logLevel = .error
        for level in [Logger.Level.info, .debug, .warning] {
            threshold.level = level
            first.info("first at \(level)")
            second.info("second at \(level)")
        }
        second.error("second fails")
        #expect(
            lines.all.withLock { $0 } == [
                "<6>camera=front: first at info\n", "<6>camera=front: first at debug\n", "<3>second fails\n",
            ])
    }
}
