// SPDX-License-Identifier: Apache-2.0
import Core

/// Finds the exposure of the stereo cameras that a colour picture belongs to: the nearest in time, within half a frame
/// time. The colour camera runs freely, at a rate of its own.
struct V4L2ColorSlot {
    enum Decision {
        case wait
        /// No exposure is near it.
        case drop(V4L2HeldBuffer)
        /// It belongs to the exposure of this number.
        case deliver(V4L2HeldBuffer, sequence: Int)
    }

    private let tolerance: Int64
    private var held: V4L2HeldBuffer?
    private var latest: (sequence: Int, captured: Timestamp, hasColor: Bool)?

    init(framesPerSecond: Double) {
        tolerance = Int64(0.5e9 / max(0.1, framesPerSecond > 0 ? framesPerSecond : 30))
    }

    /// The stereo cameras have made an exposure.
    mutating func expose(_ sequence: Int, at captured: Timestamp) {
        latest = (sequence, captured, false)
    }

    /// Adds a colour picture. Returns the previous one if its exposure never came.
    mutating func offer(_ picture: V4L2HeldBuffer) -> V4L2HeldBuffer? {
        defer { held = picture }
        return held
    }

    /// What to do with the picture that waits.
    mutating func decide() -> Decision {
        guard let picture = held, let exposure = latest else { return .wait }
        let late = picture.captured.nanoseconds(since: exposure.captured)
        // Made well after the exposure: the next one is nearer.
        guard late <= tolerance else { return .wait }
        held = nil
        guard late >= -tolerance, !exposure.hasColor else { return .drop(picture) }
        latest?.hasColor = true
        return .deliver(picture, sequence: exposure.sequence)
    }
}
