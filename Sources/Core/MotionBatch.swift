// SPDX-License-Identifier: Apache-2.0

/// What a camera's motion sensor measured at one moment, in the sensor's own axes.
public struct MotionSample: Sendable, Hashable {
    /// On the host's clock.
    public var time: Timestamp
    /// x, y, z in m/s², gravity included.
    public var acceleration: SIMD3<Float>
    /// About x, y, z in rad/s.
    public var rotationRate: SIMD3<Float>

    public init(time: Timestamp, acceleration: SIMD3<Float>, rotationRate: SIMD3<Float>) {
        (self.time, self.acceleration, self.rotationRate) = (time, acceleration, rotationRate)
    }
}

/// Samples that a camera sent together, the oldest first.
public struct MotionBatch: Sendable, Hashable {
    public var camera: CameraID
    /// Counts the camera's batches; begins anew whenever the camera does.
    public var sequence: Int
    /// Never empty.
    public var samples: [MotionSample]

    /// - Parameter samples: one at least.
    public init(camera: CameraID, sequence: Int, samples: [MotionSample]) {
        precondition(!samples.isEmpty, "a batch without a sample")
        (self.camera, self.sequence, self.samples) = (camera, sequence, samples)
    }

    /// When the newest sample was measured.
    public var time: Timestamp { samples[samples.count - 1].time }
}
