// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Pipeline

/// What a client learns of a camera when it connects: gen1's `config_d2h`, and the geometry of its lenses.
struct CameraReport {
    private let camera: any CameraService
    private let memory: BoardMemory?
    private let optics: CameraOptics?
    private let version: String

    private static let streams: [StreamName] = [
        .metaD2H, .color, .left, .right, .rectifiedLeft, .rectifiedRight, .disparity, .depth, .metaout, .previewout, .jpegout,
        .video, .objectTracker,
    ]
    /// gen1's fields of view where no calibration tells them, degrees.
    private static let colorFieldOfView = 68.7938
    private static let monoFieldOfView = 71.86
    private static let sensorWidth = 1280.0
    private static let sensorHeight = 800.0

    /// - Parameter memory: what a client wrote; nil while nobody has.
    init(_ camera: any CameraService, memory: BoardMemory?, version: String) {
        (self.camera, self.memory, self.version) = (camera, memory, version)
        optics = camera.optics
    }

    /// gen1's `config_d2h`.
    var configuration: [String: Any] {
        let offered = Set(camera.hub.offered)
        let has = { (lens: CameraInstance) in optics?.lenses[lens] != nil }
        // A client's own network makes these of any picture.
        let names = Self.streams.filter { offered.contains($0) || LinkPipeline.networkStreams.contains($0) }.map(\.rawValue)
        return [
            "_cams": ["rgb": has(.color), "left": has(.left), "right": has(.right)], "_available_streams": names,
            "_version": version, "_usb3": true, "_mx_id": CameraIdentity.myriadX(of: camera), "eeprom": eeprom,
        ]
    }

    /// The lenses at 1280x800; `NSNull` while nobody knows them.
    var geometry: Any { (optics?.calibration ?? memory?.calibration).flatMap(geometry) ?? NSNull() }

    private var eeprom: [String: Any] {
        if let memory { return memory.report }
        guard let calibration = optics?.calibration else {
            return [
                "version": -1, "left_fov_deg": Self.monoFieldOfView, "rgb_fov_deg": Self.colorFieldOfView,
                "left_to_right_distance_m": 0, "left_to_rgb_distance_m": 0, "swap_left_and_right_cameras": false,
            ]
        }
        let color = calibration.color
        return [
            "version": 5, "board_name": camera.id.name, "board_rev": "", "stereo_center_crop": false,
            "left_fov_deg": calibration.left.horizontalFieldOfViewDegrees,
            "rgb_fov_deg": color?.model.horizontalFieldOfViewDegrees ?? Self.colorFieldOfView,
            "left_to_right_distance_m": calibration.baselineMillimetres / 1000,
            "left_to_rgb_distance_m": color.map { length($0.translationMillimetres) / 1000 } ?? 0,
            "swap_left_and_right_cameras": false, "calib_M1_L": sensor(calibration.left).rows,
            "calib_M2_R": sensor(calibration.right).rows, "calib_R": calibration.rotation.rows,
            "calib_T": vector(calibration.translationMillimetres / 10),
            "calib_R1_L": calibration.rectification?.left.rows ?? Matrix3.identity.rows,
            "calib_R2_R": calibration.rectification?.right.rows ?? Matrix3.identity.rows,
            "calib_d1_L": coefficients(calibration.left), "calib_d2_R": coefficients(calibration.right),
        ]
    }

    /// H = M2 · R · M1⁻¹ for each side, as gen1 1.0 gives them.
    private func geometry(_ calibration: StereoCalibration) -> [String: Any]? {
        let (left, right) = (sensor(calibration.left), sensor(calibration.right))
        guard let leftBack = left.inverse, let rightBack = right.inverse else { return nil }
        let turns = calibration.rectification ?? (left: .identity, right: .identity)
        return [
            "left_intrinsic": left.rows, "right_intrinsic": right.rows, "left_homography": (right * turns.left * leftBack).rows,
            "right_homography": (right * turns.right * rightBack).rows, "rotation": calibration.rotation.rows,
            "translation": vector(calibration.translationMillimetres / 10),
        ]
    }

    /// A lens's matrix for gen1's sensor of 1280x800: a lower picture is its middle.
    private func sensor(_ model: CameraModel) -> Matrix3 {
        let scale = Self.sensorWidth / Double(max(1, model.width))
        var matrix = model.matrix
        for (row, column) in [(0, 0), (0, 2), (1, 1), (1, 2)] { matrix[row, column] *= scale }
        matrix[1, 2] += (Self.sensorHeight - Double(model.height) * scale) / 2
        return matrix
    }

    private func length(_ vector: SIMD3<Double>) -> Double { (vector * vector).sum().squareRoot() }

    private func vector(_ value: SIMD3<Double>) -> [Double] { [value.x, value.y, value.z] }

    private func coefficients(_ model: CameraModel) -> [Double] {
        model.distortion + [Double](repeating: 0, count: max(0, 14 - model.distortion.count))
    }
}
