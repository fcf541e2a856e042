// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Settings
import TestSupport
import Testing

/// When the box greets its owner, and when no more.
@Suite(.timeLimit(.minutes(1)))
struct WelcomeStateTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("welcome-\(UUID().uuidString)").path

    private var storage: StateStorage { StateStorage(StateDirectory(path: directory)) }

    private func settings(_ yaml: String = "") throws -> ApplianceSettings { try ApplianceSettings.read(yaml, name: "test.yml") }

    /// Waits until the file says so: it is written by a thread of its own.
    private func written(_ words: String) async throws {
        let path = "\(directory)/welcome.json"
        try await Blocking.run {
            while FileManager.default.contents(atPath: path).map({ String(decoding: $0, as: UTF8.self).contains(words) }) != true
            {
                sched_yield()
            }
        }
    }

    @Test func aNewBoxGreetsAndSoItDoesAfterARestart() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(WelcomeState(storage, try settings("status_light: ACT")).isDue)
        try await written("settings")
        #expect(WelcomeState(storage, try settings("status_light: ACT")).isDue)
    }

    @Test(arguments: [WelcomeState.Ending.camera, .dismissed])
    func whatEndsItIsRemembered(why: WelcomeState.Ending) async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let greeting = WelcomeState(storage, try settings())
        greeting.end(why)
        #expect(!greeting.isDue)
        try await written(why.rawValue)
        #expect(!WelcomeState(storage, try settings()).isDue)
    }

    @Test func otherSettingsEndItNowOrAtTheNextStart() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let greeting = WelcomeState(storage, try settings("log: {level: info}"))
        greeting.take(try settings("log: {level: info} # the same"))
        #expect(greeting.isDue)
        try await written("settings")
        #expect(!WelcomeState(storage, try settings("log: {level: debug}")).isDue)
        greeting.take(try settings("log: {level: debug}"))
        #expect(!greeting.isDue)
    }

    @Test func aBoxWhoseSettingsNameCamerasIsNotGreeted() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(!WelcomeState(storage, try settings("cameras: [{id: a}]")).isDue)
    }

    @Test(arguments: ["", "{", "[]", #"{"settings":7}"#, #"{"settings":"x","over":"never"}"#])
    func aBrokenFileIsAFirstStart(text: String) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try text.write(toFile: "\(directory)/welcome.json", atomically: true, encoding: .utf8)
        #expect(WelcomeState(storage, try settings()).isDue)
    }
}
