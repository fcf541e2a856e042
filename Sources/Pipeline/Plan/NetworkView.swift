// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Fusion
import Stereo

/// Where the network's picture stands relative to the depth picture, which is the rectified right view.
struct NetworkView {
    let input: PipelinePort?
    let calibration: StereoCalibration
    let rectifier: Rectifier
    let format: CaptureFormat

    /// gen1's field of view of the colour camera, for colour cameras without calibration.
    private static let colorFieldOfViewDegrees = 68.7938

    /// How boxes of the network's picture are laid on depth.
    func mapping() throws(FusionError) -> DepthMapping {
        switch input {
        case PipelinePort(.rectify, "left"):
            // The rectified pair stands side by side: the left camera is one baseline to the left.
            return .colorCamera(
                ColorView(
                    model: rectifier.rectifiedModel, rotation: .identity,
                    translationMillimetres: SIMD3(rectifier.baselineMillimetres, 0, 0)))
        case PipelinePort(.capture, "left"):
            return seen(by: leftRelativeToRight)
        case PipelinePort(.capture, "right") where !rectifier.isIdentity:
            return seen(
                by: ColorCalibration(model: calibration.right, rotation: .identity, translationMillimetres: SIMD3(0, 0, 0)))
        case PipelinePort(.capture, "rgb"):
            guard let color = calibration.color else { return try gen1Mapping() }
            return seen(by: color)
        default:
            return .sameView
        }
    }

    private func seen(by camera: ColorCalibration) -> DepthMapping {
        .colorCamera(ColorView(camera, rightRectification: rectifier.rightRotation))
    }

    /// The calibration has the right camera seen from the left; here it is the other way round.
    private var leftRelativeToRight: ColorCalibration {
        let back = calibration.rotation.transposed
        return ColorCalibration(
            model: calibration.left, rotation: back, translationMillimetres: back * -calibration.translationMillimetres)
    }

    /// Scale and offset by fields of view, without parallax. Boxes are fractions of the full colour frame.
    private func gen1Mapping() throws(FusionError) -> DepthMapping {
        let model = rectifier.rectifiedModel
        let color = format.lenses[.color]
        return .gen1(
            try NetworkToDepth.derived(
                colorFieldOfViewDegrees: Self.colorFieldOfViewDegrees, monoFieldOfViewDegrees: model.horizontalFieldOfViewDegrees,
                depthWidth: model.width, sensorHeight: model.width * 5 / 8,
                colorAspect: color.map { Double($0.width) / Double($0.height) } ?? 1.6, keepAspect: false))
    }
}
