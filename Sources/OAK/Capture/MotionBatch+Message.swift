// SPDX-License-Identifier: Apache-2.0
package import Core
package import XLink

extension MotionBatch {
    /// A camera's message has fewer readings; of more, the newest are kept.
    private static let mostSamples = 64

    /// Readings that are numbers; nil when there are none.
    /// - Parameter arrival: the time of those that the camera gives an impossible one.
    package init?(_ message: DeviceMotion, camera: CameraID, at arrival: Timestamp) {
        let readings = message.readings.suffix(Self.mostSamples).filter(\.isFinite)
        guard !readings.isEmpty else { return nil }
        self.init(
            camera: camera, sequence: Int(clamping: message.stamp.sequence),
            samples: readings.map { MotionSample($0, at: arrival) })
    }
}

extension MotionSample {
    fileprivate init(_ reading: DeviceMotionReading, at arrival: Timestamp) {
        self.init(
            time: reading.acceleration.time.asToldByCamera(at: arrival), acceleration: reading.acceleration.vector,
            rotationRate: reading.rotationRate.vector)
    }
}

extension DeviceMotionValue {
    fileprivate var vector: SIMD3<Float> { SIMD3(value.x, value.y, value.z) }
}
