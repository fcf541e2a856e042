// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Testing

/// A stereo calibration with what OpenCV made of it, from a JSON file of `Fixtures`.
struct LensFixture: Decodable {
    struct Camera: Decodable {
        let fx, fy, cx, cy: Double
        let distortion: [Double]
    }

    let width: Int
    let height: Int
    let left: Camera
    let right: Camera
    let rotation: [Double]
    /// Millimetres.
    let translation: [Double]
    let leftRectification: [Double]
    let rightRectification: [Double]
    let opencvLeftRectification: [Double]?
    let opencvRightRectification: [Double]?
    /// Left x, left y, right x, right y of one chessboard corner seen in both raw pictures.
    let corners: [[Double]]?
    /// Rectified x, y and the raw x, y they come from, by `cv2.initUndistortRectifyMap` onto the right camera's matrix.
    let leftMap: [[Double]]?
    let rightMap: [[Double]]?

    init(_ name: String) throws {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        self = try JSONDecoder().decode(LensFixture.self, from: try Data(contentsOf: url))
    }

    func calibration(withRectification: Bool) -> StereoCalibration {
        func model(_ camera: Camera) -> CameraModel {
            CameraModel(
                width: width, height: height, fx: camera.fx, fy: camera.fy, cx: camera.cx, cy: camera.cy,
                distortion: camera.distortion)
        }
        return StereoCalibration(
            left: model(left), right: model(right), rotation: Matrix3(rotation),
            translationMillimetres: SIMD3(translation[0], translation[1], translation[2]),
            rectification: withRectification ? (Matrix3(leftRectification), Matrix3(rightRectification)) : nil)
    }
}
