// SPDX-License-Identifier: Apache-2.0
import Appliance
import Core
import Foundation
import Logging
import Pipeline
import Synchronization
import TestSupport
import Testing

/// What the status light says, and how.
@Suite(.timeLimit(.minutes(1)))
struct StatusLightTests {
    /// Milliseconds at which a pattern changes within two seconds, and what it begins with.
    private func changes(_ pattern: LightPattern) -> [Int] {
        var changes: [Int] = []
        var lit: Bool?
        for millisecond in 0..<2000 {
            let look = pattern.look(at: Int64(millisecond) * 1_000_000)
            if look.isLit != lit { changes.append(look.isLit ? millisecond : -millisecond) }
            lit = look.isLit
        }
        return changes
    }

    @Test func everyPatternCanBeToldFromTheOthers() {
        #expect(changes(.running) == [0, -100])
        #expect(changes(.starting) == [0, -100, 300, -400])
        #expect(changes(.waiting) == [0, -1000])
        #expect(changes(.trouble).count == 20)
        for pattern in LightPattern.allCases {
            #expect(pattern.look(at: 2_000_000_000 * 1000).isLit == pattern.look(at: 0).isLit)
            #expect(pattern.look(at: -5).isLit && pattern.look(at: .max).remaining > 0)
        }
    }

    @Test func whatRemainsLeadsExactlyToTheNextChange() {
        for pattern in LightPattern.allCases {
            var now: Int64 = 17
            for _ in 0..<50 {
                let look = pattern.look(at: now)
                #expect(pattern.look(at: now + look.remaining - 1).isLit == look.isLit)
                #expect(pattern.look(at: now + look.remaining).isLit != look.isLit)
                now += look.remaining
            }
        }
    }

    @Test(
        arguments: [
            ([.init(state: .running)], true, false, LightPattern.running),
            ([.init(state: .running)], false, false, .starting),
            ([.init(state: .running)], true, true, .trouble),
            ([.init(state: .running), .init(state: .starting)], true, false, .starting),
            ([.init(state: .running, isStandIn: true)], true, false, .waiting),
            ([.init(state: .absent)], true, false, .waiting),
            ([], true, false, .waiting),
            ([.init(state: .running), .init(state: .lost)], true, false, .trouble),
            ([.init(state: .absent), .init(state: .refused)], true, false, .trouble),
            ([.init(state: .refused)], false, false, .trouble),
            ([.init(state: .running), .init(state: .lost, isOptional: true)], true, false, .running),
            ([.init(state: .running), .init(state: .refused, isOptional: true)], true, false, .trouble),
            ([.init(state: .finished)], true, false, .running),
        ] as [([LightPattern.Glance], Bool, Bool, LightPattern)])
    func theWorstCounts(slots: [LightPattern.Glance], isOpen: Bool, isDisturbed: Bool, pattern: LightPattern) {
        #expect(LightPattern.of(slots, isOpen: isOpen, isDisturbed: isDisturbed) == pattern)
    }

    // MARK: Lights that are files

    private func folder(_ lights: [String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("leds-\(UUID().uuidString)").path
        for light in lights {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(light)", withIntermediateDirectories: true)
            try "255\n".write(toFile: "\(folder)/\(light)/max_brightness", atomically: true, encoding: .utf8)
            try "7".write(toFile: "\(folder)/\(light)/brightness", atomically: false, encoding: .utf8)
        }
        return folder
    }

    private func brightness(_ folder: String) throws -> String {
        try String(contentsOfFile: "\(folder)/ACT/brightness", encoding: .utf8)
    }

    @Test func aLightIsWrittenAsBrightAsItGets() throws {
        let folder = try folder(["ACT"])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let light = try LightFile("ACT", folder: folder)
        try light.set(true)
        #expect(try brightness(folder) == "255")
        try light.set(false)
        // The kernel reads what was written; a plain file keeps what stood behind it.
        #expect(try brightness(folder) == "055")
    }

    @Test(arguments: [["ACT", "PWR"], []])
    func aLightThatIsNotThereIsNamedWithThoseThatAre(lights: [String]) throws {
        let folder = try folder(lights)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do throws(LightFile.Failure) {
            _ = try LightFile("NOPE", folder: folder)
            Issue.record("a light that is not there was opened")
        } catch {
            #expect(error.description.contains(lights.isEmpty ? "status_light to none" : "one of ACT, PWR"))
        }
    }

    /// Keeps what is logged.
    private final class Lines: Sendable {
        let lines = Mutex<[String]>([])

        var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

        private struct Handler: LogHandler {
            let lines: Lines
            var metadata: Logger.Metadata = [:]
            var logLevel: Logger.Level = .trace

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.level) \(event.message)") } }
        }
    }

    @Test func theLightBlinksUntilItIsTakenAwayAndIsDarkThen() async throws {
        let folder = try folder(["ACT"])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let lines = Lines()
        let asked = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
        let light = StatusLight(folder: folder, logger: lines.logger) {
            asked.offer(())
            return .trouble
        }
        let seen = try await Blocking.run {
            light.set("ACT")
            // The pattern is asked for once a second: between two questions it has blinked.
            _ = asked.next()
            _ = asked.next()
            let lit = try brightness(folder)
            light.set("")
            return (lit, try brightness(folder))
        }
        #expect(seen.0.hasSuffix("55"))
        #expect(seen.1.hasPrefix("0"))
        #expect(lines.lines.withLock { $0 }.isEmpty)
    }

    @Test func aLightThatCannotBeOpenedIsOneWarningAndEndsAtOnce() async throws {
        let folder = try folder(["PWR"])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let lines = Lines()
        let light = StatusLight(folder: folder, logger: lines.logger) { .running }
        try await Blocking.run {
            light.set("ACT")
            while lines.lines.withLock({ $0.isEmpty }) { sched_yield() }
            light.set("ACT")
            light.set("")
        }
        let said = lines.lines.withLock { $0 }
        #expect(said.count == 1)
        #expect(said.first?.hasPrefix("warning status_light: this board has no light called ACT") == true, "\(said)")
    }
}
