// SPDX-License-Identifier: Apache-2.0
public import Capture
public import Core
public import Fusion

/// The lenses of a running camera and how they stand to each other, for servers that run networks of their own.
public struct CameraOptics: Sendable {
    /// nil for a camera whose geometry nobody knows.
    public let calibration: StereoCalibration?
    public let lenses: [CameraInstance: LensFormat]
    /// 0 when the source runs as fast as it can.
    public let framesPerSecond: Double
    private let makeFusion: @Sendable (StreamName, FusionSettings) -> DepthFusion?

    package init(
        calibration: StereoCalibration?, lenses: [CameraInstance: LensFormat], framesPerSecond: Double,
        makeFusion: @escaping @Sendable (StreamName, FusionSettings) -> DepthFusion?
    ) {
        self.calibration = calibration
        self.lenses = lenses
        self.framesPerSecond = framesPerSecond
        self.makeFusion = makeFusion
    }

    /// What reads the distances of boxes in a stream's pictures (fractions of the whole picture) off the stream `depth`; nil
    /// where the camera makes none.
    public func depthFusion(for stream: StreamName, _ settings: FusionSettings) -> DepthFusion? {
        makeFusion(stream, settings)
    }
}
