// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Fusion
import Pipeline

/// Reads the distances of what a client's network finds off the camera's depth pictures. Not `Sendable`: the network's
/// thread alone uses it.
final class DistanceReader {
    private let camera: any CameraService
    private let streams: [StreamName]
    private let settings: FusionSettings?
    private var fusions: [StreamName: DepthFusion] = [:]
    /// The lenses `fusions` were made for.
    private var lenses: [CameraInstance: LensFormat]?
    private var calibration: StereoCalibration?
    /// Depth older than this says nothing of a picture.
    private static let greatestSkew: Int64 = 500_000_000

    init(_ camera: any CameraService, _ configuration: LinkConfiguration) {
        self.camera = camera
        streams = configuration.previewInput.streams
        settings = try? FusionSettings(
            paddingFactor: Float(configuration.depth.paddingFactor),
            depthLimitMillimetres: Int(configuration.depth.limitMetres * 1000),
            confidenceThreshold: Float(configuration.depth.confidenceThreshold), statistic: .mean)
    }

    /// Gives every detection its position, by the depth picture nearest in capture time.
    func measure(_ detections: inout [Detection], _ stream: StreamName, _ nearest: (picture: Frame, skew: Int64)) {
        guard !detections.isEmpty, abs(nearest.skew) < Self.greatestSkew else { return }
        refresh()
        fusions[stream]?.locate(&detections, depth: nearest.picture)
    }

    /// Another camera, or another calibration, has another geometry.
    private func refresh() {
        let optics = camera.optics
        guard optics?.lenses != lenses || optics?.calibration != calibration else { return }
        (lenses, calibration, fusions) = (optics?.lenses, optics?.calibration, [:])
        guard let settings else { return }
        for stream in streams { fusions[stream] = optics?.depthFusion(for: stream, settings) }
    }
}
