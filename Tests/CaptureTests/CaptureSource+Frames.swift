// SPDX-License-Identifier: Apache-2.0
import Capture
import Core

extension CaptureSource {
    /// Runs the source for its pictures alone.
    func runFrames(counters: CaptureCounters, stop: StopSignal, _ take: (Frame) -> Void) throws {
        try run(counters: counters, stop: stop) { delivery in
            if let frame = delivery.frame { take(frame) }
        }
    }
}
