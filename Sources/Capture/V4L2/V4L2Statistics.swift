// SPDX-License-Identifier: Apache-2.0
import Core
import Synchronization

/// What a V4L2 source has counted.
public struct V4L2Counters: Sendable, Hashable {
    public struct Device: Sendable, Hashable {
        public var node: String
        /// Taken from the driver in good order.
        public var frames = 0
        /// Marked as damaged by the driver.
        public var flagged = 0
        /// Without a byte.
        public var empty = 0
        /// With fewer bytes than a picture has, or more than the buffer.
        public var short = 0
        /// Not to be decoded.
        public var torn = 0
        /// Gaps in the driver's numbers: pictures it had no buffer for.
        public var missed = 0
        /// Without a partner in the other camera, or a pair beside the colour picture.
        public var unpaired = 0
        /// Time stamps that could not be; the time of arrival was used.
        public var clockFaults = 0
    }

    /// In the order of the settings: left, right (or stereo), colour.
    public var devices: [Device] = []
    /// Of a pair of cameras.
    public var pairing: ExposurePairing.Figures?
}

/// Where the running session writes and everybody reads.
final class V4L2Statistics: Sendable {
    private let state = Mutex(State())

    private struct State {
        var devices: [V4L2Counters.Device] = []
        var pairing: ExposurePairing?
    }

    var figures: V4L2Counters {
        let state = self.state.withLock { $0 }
        return V4L2Counters(devices: state.devices, pairing: state.pairing?.figures)
    }

    func begin(_ nodes: [String]) {
        state.withLock { $0.devices = nodes.map { V4L2Counters.Device(node: $0) } }
    }

    /// Starts to pair, with figures from nothing.
    func beginPairing(framesPerSecond: Double) {
        state.withLock { $0.pairing = ExposurePairing(framesPerSecond: framesPerSecond) }
    }

    func count(_ device: Int, _ change: (inout V4L2Counters.Device) -> Void) {
        state.withLock { change(&$0.devices[device]) }
    }

    /// A picture of one side has come.
    func pair(_ side: ExposurePairing.Side, at instant: Timestamp) -> ExposurePairing.Decision {
        state.withLock { $0.pairing?.add(side, at: instant) ?? .wait }
    }
}
