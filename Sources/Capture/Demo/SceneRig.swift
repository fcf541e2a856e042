// SPDX-License-Identifier: Apache-2.0
internal import CKernels
internal import Core

/// The three ideal lenses of the rendered scene: a rectified grey pair with a colour camera half way between.
struct SceneRig: Sendable {
    /// Of the grey cameras (OAK-D: 71.86°).
    static let grayFieldOfViewDegrees = 71.86
    /// Of the colour camera (OAK-D: 68.7938°).
    static let colorFieldOfViewDegrees = 68.7938

    let width: Int
    let height: Int
    let baselineMillimetres: Double

    /// The exact calibration of what is drawn.
    var calibration: StereoCalibration {
        var calibration = StereoCalibration.ideal(
            width: width, height: height, horizontalFieldOfViewDegrees: SceneRig.grayFieldOfViewDegrees,
            baselineMillimetres: baselineMillimetres)
        calibration.color = ColorCalibration(
            model: .ideal(width: width, height: height, horizontalFieldOfViewDegrees: SceneRig.colorFieldOfViewDegrees),
            rotation: .identity, translationMillimetres: SIMD3(baselineMillimetres / 2, 0, 0))
        return calibration
    }

    func kernel(_ instance: CameraInstance) -> dk_scene_lens {
        let field = instance == .color ? SceneRig.colorFieldOfViewDegrees : SceneRig.grayFieldOfViewDegrees
        let model = CameraModel.ideal(width: width, height: height, horizontalFieldOfViewDegrees: field)
        let place: (x: Double, gain: Float) =
            switch instance {
            case .left: (-baselineMillimetres, 1.0)
            case .right: (0, 0.97)
            case .color: (-baselineMillimetres / 2, 1.0)
            }
        return dk_scene_lens(
            width: Int32(width), height: Int32(height), channels: instance == .color ? 3 : 1, focal: Float(model.fx),
            cx: Float(model.cx), cy: Float(model.cy), x_mm: Float(place.x), gain: place.gain,
            vignette: instance == .color ? 0.16 : 0.22)
    }
}
