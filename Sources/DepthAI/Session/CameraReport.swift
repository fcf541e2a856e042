// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Pipeline

/// What a client learns of a camera when it connects: gen1's `config_d2h`, and the geometry of its lenses.
struct CameraReport {
    let camera: any CameraDoor
    /// What a client wrote; nil while nobody has.
    let eeprom: [UInt8]?
    let version: String

    private static let streams: [StreamName] = [
        .metaD2H, .color, .left, .right, .rectifiedLeft, .rectifiedRight, .disparity, .depth, .metaout, .previewout, .jpegout,
        .video, .objectTracker,
    ]
    /// gen1's fields of view where no calibration tells them, degrees.
    private static let colorFieldOfView = 68.7938
    private static let monoFieldOfView = 71.86

    /// As a JSON object: `config_d2h` and `geometry`.
    var json: [String: Any] {
        let optics = camera.optics
        let offered = Set(camera.hub.offered)
        let has = { (lens: CameraInstance) in optics?.lenses[lens] != nil }
        // A client's own network makes these of any picture.
        let names = Self.streams.filter { offered.contains($0) || LinkPipeline.networkStreams.contains($0) }.map(\.rawValue)
        return [
            "config_d2h": [
                "_cams": ["rgb": has(.color), "left": has(.left), "right": has(.right)], "_available_streams": names,
                "_version": version, "_usb3": true, "_mx_id": camera.id.name.uppercased(), "eeprom": memory(optics?.calibration),
            ] as [String: Any],
            "geometry": optics?.calibration.flatMap(geometry) ?? NSNull(),
        ]
    }

    private func memory(_ calibration: StereoCalibration?) -> Any {
        if let eeprom, let object = try? JSONSerialization.jsonObject(with: Data(eeprom)) { return object }
        guard let calibration else {
            return [
                "version": -1, "left_fov_deg": Self.monoFieldOfView, "rgb_fov_deg": Self.colorFieldOfView,
                "left_to_right_distance_m": 0, "left_to_rgb_distance_m": 0, "swap_left_and_right_cameras": false,
            ] as [String: Any]
        }
        let color = calibration.color
        return [
            "version": 5, "board_name": camera.id.name, "board_rev": "", "stereo_center_crop": false,
            "left_fov_deg": calibration.left.horizontalFieldOfViewDegrees,
            "rgb_fov_deg": color?.model.horizontalFieldOfViewDegrees ?? Self.colorFieldOfView,
            "left_to_right_distance_m": calibration.baselineMillimetres / 1000,
            "left_to_rgb_distance_m": color.map { length($0.translationMillimetres) / 1000 } ?? 0,
            "swap_left_and_right_cameras": false, "calib_M1_L": calibration.left.matrix.rows,
            "calib_M2_R": calibration.right.matrix.rows, "calib_R": calibration.rotation.rows,
            "calib_T": vector(calibration.translationMillimetres / 10),
            "calib_R1_L": calibration.rectification?.left.rows ?? Matrix3.identity.rows,
            "calib_R2_R": calibration.rectification?.right.rows ?? Matrix3.identity.rows,
            "calib_d1_L": coefficients(calibration.left), "calib_d2_R": coefficients(calibration.right),
        ] as [String: Any]
    }

    /// H = M2 · R · M1⁻¹ for each side, as gen1 1.0 gives them.
    private func geometry(_ calibration: StereoCalibration) -> [String: Any]? {
        guard let leftBack = calibration.left.matrix.inverse, let rightBack = calibration.right.matrix.inverse else { return nil }
        let turns = calibration.rectification ?? (left: .identity, right: .identity)
        let target = calibration.right.matrix
        return [
            "left_intrinsic": calibration.left.matrix.rows, "right_intrinsic": calibration.right.matrix.rows,
            "left_homography": (target * turns.left * leftBack).rows,
            "right_homography": (target * turns.right * rightBack).rows, "rotation": calibration.rotation.rows,
            "translation": vector(calibration.translationMillimetres / 10),
        ]
    }

    private func length(_ vector: SIMD3<Double>) -> Double { (vector * vector).sum().squareRoot() }

    private func vector(_ value: SIMD3<Double>) -> [Double] { [value.x, value.y, value.z] }

    private func coefficients(_ model: CameraModel) -> [Double] {
        model.distortion + [Double](repeating: 0, count: max(0, 14 - model.distortion.count))
    }
}
