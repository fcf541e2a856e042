// SPDX-License-Identifier: Apache-2.0
package import Core

/// Finds the exposure of the stereo cameras that a colour picture belongs to: the nearest in time, within half a frame
/// time. The colour camera runs freely, at a rate of its own.
package struct ColorSlot<Picture> {
    package enum Decision {
        case wait
        /// No exposure is near it.
        case drop(Picture)
        /// It belongs to the exposure of this number.
        case deliver(Picture, sequence: Int)
    }

    private let tolerance: Int64
    private var held: (picture: Picture, captured: Timestamp)?
    private var latest: (sequence: Int, captured: Timestamp, hasColor: Bool)?

    package init(framesPerSecond: Double) {
        tolerance = Int64(0.5e9 / max(0.1, framesPerSecond > 0 ? framesPerSecond : 30))
    }

    /// The stereo cameras have made an exposure.
    package mutating func expose(_ sequence: Int, at captured: Timestamp) {
        latest = (sequence, captured, false)
    }

    /// Adds a colour picture. Returns the previous one if its exposure never came.
    package mutating func offer(_ picture: Picture, captured: Timestamp) -> Picture? {
        defer { held = (picture, captured) }
        return held?.picture
    }

    /// What to do with the picture that waits.
    package mutating func decide() -> Decision {
        guard let (picture, captured) = held, let exposure = latest else { return .wait }
        let late = captured.nanoseconds(since: exposure.captured)
        // Made well after the exposure: the next one is nearer.
        guard late <= tolerance else { return .wait }
        held = nil
        guard late >= -tolerance, !exposure.hasColor else { return .drop(picture) }
        latest?.hasColor = true
        return .deliver(picture, sequence: exposure.sequence)
    }
}
