// SPDX-License-Identifier: Apache-2.0
import Core

/// How quickly recorded pictures are given out.
public enum ReplayPace: String, Sendable, Hashable, CaseIterable {
    /// In the rhythm of the recording; an exposure whose successor is already due is dropped and counted.
    case recorded
    /// One after the other; waits for a free buffer instead of dropping.
    case asFastAsPossible
}

extension FramePool {
    /// A buffer for `header`. `asFastAsPossible` waits for the readers to give one back; nil then means stopped.
    func draft(_ header: FrameHeader, pace: ReplayPace, stop: StopSignal) -> FrameDraft? {
        while true {
            if let draft = draft(header) { return draft }
            guard pace == .asFastAsPossible, stop.sleep(until: .now().advanced(byNanoseconds: 1_000_000)) else { return nil }
        }
    }
}
