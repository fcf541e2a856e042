// SPDX-License-Identifier: Apache-2.0
import Core
import XLink

/// Tells a camera, again and again and behind nothing else, that its host lives.
final class WatchdogFeeder: Sendable {
    private let stopSignal: StopSignal
    private let thread: StageThread

    /// - Parameter interval: nanoseconds from one word to the next: half of the time after which the camera restarts.
    init(_ stream: XLinkStream, every interval: Int64, _ connection: XLinkConnection) {
        let stop = StopSignal()
        stopSignal = stop
        thread = StageThread(name: "oak watchdog") {
            repeat {
                do {
                    try stream.write([0, 0, 0, 0], until: .after(4 * interval))
                } catch {
                    connection.end(because: "the camera takes nothing any more (\(error))")
                    return
                }
            } while stop.sleep(until: .after(interval))
        }
    }

    func stop() { stopSignal.stop() }
    func join() { thread.join() }
}
