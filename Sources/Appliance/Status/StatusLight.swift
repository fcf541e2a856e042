// SPDX-License-Identifier: Apache-2.0
import Core
package import Logging
import Settings
import Synchronization

/// Blinks a light of the board as the box is. The daemon itself blinks it: a light that stands still says that no daemon
/// lives. Without a light there is no thread.
package final class StatusLight: Sendable {
    private let folder: String
    private let logger: Logger
    private let pattern: @Sendable () -> LightPattern
    private let running = Mutex<Running?>(nil)

    private struct Running {
        var name: String
        var stop: StopSignal
        var thread: StageThread
    }

    /// Interval at which the pattern is updated and an unusable light tried again, in nanoseconds.
    private static let pace: Int64 = 1_000_000_000
    private static let retry: Int64 = 30_000_000_000

    /// - Parameters:
    ///   - folder: where the lights are.
    ///   - pattern: how the box is now.
    package init(folder: String = "/sys/class/leds", logger: Logger, pattern: @escaping @Sendable () -> LightPattern) {
        self.folder = folder
        self.logger = logger
        self.pattern = pattern
    }

    /// The name in the settings' `status_light`; empty for none.
    static func name(_ root: SettingsSection) throws(SettingsError) -> String {
        let name = try root.text("status_light", default: "none", maximumLength: 64)
        guard name != "none" else { return "" }
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
            throw root.refusal("status_light", "must be none or a name that /sys/class/leds shows, such as ACT, not '\(name)'")
        }
        return name
    }

    /// Blinks the light of that name from now on; empty for none. Blocks until the one before is dark.
    package func set(_ name: String) {
        let former = running.withLock { running -> Running? in
            guard running?.name ?? "" != name else { return nil }
            defer { running = nil }
            return running
        }
        former?.stop.stop()
        former?.thread.join()
        guard !name.isEmpty else { return }
        running.withLock { running in
            guard running == nil else { return }
            let stop = StopSignal()
            running = Running(name: name, stop: stop, thread: StageThread(name: "status light") { [self] in blink(name, stop) })
        }
    }

    /// Only the first of a row of failures is told.
    private func blink(_ name: String, _ stop: StopSignal) {
        var isTold = false
        repeat {
            do throws(LightFile.Failure) {
                let light = try LightFile(name, folder: folder)
                if isTold { logger.notice("status_light: \(name) works now") }
                isTold = false
                try blink(light, stop)
                return
            } catch {
                if !isTold { logger.warning("status_light: \(error)") }
                isTold = true
            }
        } while stop.sleep(until: .now().advanced(byNanoseconds: Self.retry))
    }

    private func blink(_ light: LightFile, _ stop: StopSignal) throws(LightFile.Failure) {
        var (shown, began) = (pattern(), Timestamp.now())
        var asked = began
        // Takes the light from whatever the kernel shows with it.
        try light.set(false)
        var isLit = false
        while true {
            let now = Timestamp.now()
            if now.nanoseconds(since: asked) >= Self.pace {
                asked = now
                let next = pattern()
                if next != shown { (shown, began) = (next, now) }
            }
            let look = shown.look(at: now.nanoseconds(since: began))
            if look.isLit != isLit { try light.set(look.isLit) }
            isLit = look.isLit
            guard stop.sleep(until: now.advanced(byNanoseconds: min(look.remaining, Self.pace))) else { break }
        }
        try light.set(false)
    }
}
