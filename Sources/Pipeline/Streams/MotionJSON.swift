// SPDX-License-Identifier: Apache-2.0
package import Core

/// The JSON of `imu`, the same for everybody who sends it. Its schema is `Motion` of `openapi.json`.
package enum MotionJSON {
    /// What stands before the samples of a batch.
    package static func opening(_ batch: MotionBatch) -> String {
        // The name of a camera has no character that JSON would escape.
        #"{"camera":"\#(batch.camera.name)","sequence":\#(batch.sequence),"samples":["#
    }

    /// What stands behind them.
    package static let ending = "]}"

    /// One sample; samples stand with commas between them. Its numbers are finite.
    package static func text(_ sample: MotionSample) -> String {
        func list(_ vector: SIMD3<Float>) -> String { "[\(vector.x),\(vector.y),\(vector.z)]" }
        return #"{"timestamp_ns":\#(sample.time.nanoseconds),"accelerometer":\#(list(sample.acceleration)),"#
            + #""gyroscope":\#(list(sample.rotationRate))}"#
    }

    /// A whole batch.
    package static func text(_ batch: MotionBatch) -> String {
        opening(batch) + batch.samples.map { text($0) }.joined(separator: ",") + ending
    }
}
