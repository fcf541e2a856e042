// SPDX-License-Identifier: Apache-2.0
import Calibration
import Core
import Foundation
import Settings
import TestSupport
import Testing

/// The forms that come from elsewhere, on real files.
@Suite(.enabled(if: SharedData.isRequired)) struct CalibrationFormsTests {
    private func read(_ path: String, _ options: CalibrationOptions = CalibrationOptions()) throws -> StereoCalibration {
        try CalibrationFile.read(try SharedData.bytes(path), name: path, options: options)
    }

    @Test func theEEPROMOfARealDeviceReads() throws {
        let calibration = try read("stereo/oakd_patio/calib.json")
        #expect(calibration.left.fx == 808.2711181640625)
        #expect(calibration.right.cy == 413.0704650878906)
        #expect(calibration.left.distortion.count == 14)
        #expect(abs(calibration.translationMillimetres.x + 73.771233558654785) < 1e-6)
        #expect(abs(calibration.baselineMillimetres - 73.8079) < 1e-3)
        #expect(abs(calibration.rotation[0, 1] - 0.020121490582823753) < 1e-6)
        #expect(calibration.color?.model.height == 1080)
        #expect(abs((calibration.color?.translationMillimetres.x ?? 0) - 36.256332397460938) < 1e-6)
    }

    @Test func theDevicesRectificationTurnsItsBaselineOntoTheRows() throws {
        let calibration = try read("stereo/oakd_patio/calib.json")
        let rectification = try #require(calibration.rectification)
        let baseline = rectification.right * calibration.translationMillimetres
        #expect(abs(baseline.x + calibration.baselineMillimetres) < 1e-3)
        #expect(abs(baseline.y) < 1e-3 && abs(baseline.z) < 1e-3)
        let difference = (rectification.right * calibration.rotation * rectification.left.transposed).rows
        for index in 0..<9 { #expect(abs(difference[index] - Matrix3.identity.rows[index]) < 1e-5) }
    }

    @Test func aPoseOverThreeSocketsIsChained() throws {
        // Left linked to the colour socket, right linked to it too: the pair's pose has to come out the same.
        let direct = try read("stereo/oakd_patio/calib.json")
        let color = try #require(direct.color)
        let rotation = color.rotation * direct.rotation
        let translation = (color.rotation * direct.translationMillimetres + color.translationMillimetres) / 10
        var root = try #require(
            JSONSerialization.jsonObject(with: Data(try SharedData.bytes("stereo/oakd_patio/calib.json"))) as? [String: Any])
        var cameras = try #require(root["cameraData"] as? [[Any]])
        var left = try #require(cameras[1][1] as? [String: Any])
        left["extrinsics"] =
            [
                "rotationMatrix": [Array(rotation.rows[0..<3]), Array(rotation.rows[3..<6]), Array(rotation.rows[6..<9])],
                "translation": ["x": translation.x, "y": translation.y, "z": translation.z], "toCameraSocket": 0,
            ] as [String: Any]
        cameras[1][1] = left
        root["cameraData"] = cameras
        let chained = try CalibrationFile.read(Array(try JSONSerialization.data(withJSONObject: root)), name: "chained.json")
        for axis in 0..<3 {
            #expect(abs(chained.translationMillimetres[axis] - direct.translationMillimetres[axis]) < 1e-4)
        }
        for index in 0..<9 { #expect(abs(chained.rotation.rows[index] - direct.rotation.rows[index]) < 1e-6) }
    }

    @Test func aCircleOfSocketsIsRefused() throws {
        let text = String(decoding: try SharedData.bytes("stereo/oakd_patio/calib.json"), as: UTF8.self)
        let circle = text.replacing("\"toCameraSocket\": 0", with: "\"toCameraSocket\": 1")
        #expect(throws: CalibrationError.self) { try CalibrationFile.read(Array(circle.utf8), name: "circle.json") }
    }

    @Test func anOpenCVCalibrationReadsWithItsSquareAndSize() throws {
        let path = "stereo/chessboard/reference_calibration_opencv.json"
        let error = try #require(throws: CalibrationError.self) { try read(path) }
        #expect(error.description.contains("image_size"))
        let calibration = try read(path, CalibrationOptions(pictureSize: (640, 480), squareMillimetres: 25))
        #expect(calibration.left.fx == 765.3213154904614)
        #expect(abs(calibration.translationMillimetres.x + 25 * 5.081599178613481) < 1e-9)
        #expect(abs((calibration.rectification?.left[0, 2] ?? 0) - 0.08555419985664435) < 1e-15)
    }

    @Test(arguments: [("BW1098OBC", 75.0, true), ("BW1092", 40, true), ("BW1097", 90, true), ("ACME01", 75, false)])
    func aGen1BoardReads(name: String, baseline: Double, swaps: Bool) throws {
        let bytes = try SharedData.bytes("depthai/boards/\(name).json")
        let board = try CalibrationFile.readBoard(bytes, name: name)
        #expect(board.name == name && board.swapsLeftAndRight == swaps)
        #expect(board.monoFieldOfViewDegrees == 71.86 && board.colorFieldOfViewDegrees == 68.7938)
        let calibration = try CalibrationFile.read(bytes, name: name)
        #expect(abs(calibration.baselineMillimetres - baseline) < 1e-9)
        #expect(abs(calibration.left.fx - 883.15) < 0.01)
    }

    @Test(arguments: [0, 1, nil] as [UInt8?])
    func aGen1HomographyWarpsTheRightPictureAsItDidOnTheDevice(flag: UInt8?) throws {
        var bytes = try SharedData.bytes("depthai/calib/default.calib")
        let values = (0..<9).map { index in
            Double(Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index * 4 + $1]) << (8 * UInt32($1)) }))
        }
        if let flag { bytes.append(flag) }
        let calibration = try CalibrationFile.read(
            bytes, name: "default.calib", options: CalibrationOptions(baselineMillimetres: 90))
        #expect(abs(calibration.baselineMillimetres - 90) < 1e-9)
        #expect(calibration.left.cy == (flag == 1 ? 359.5 : 399.5))
        let rectification = try #require(calibration.rectification)
        #expect(rectification.left == .identity)
        let baseline = rectification.right * calibration.translationMillimetres
        #expect(abs(baseline.x + 90) < 1e-9 && abs(baseline.y) < 1e-9)
        // From a rectified pixel through the model to the raw right pixel, then through the file's H: the same pixel.
        for (u, v) in [(0.0, 0.0), (1279, 0), (640, 360), (100, 700), (1279, 719)] {
            let ray = SIMD3((u - calibration.left.cx) / calibration.left.fx, (v - calibration.left.cy) / calibration.left.fy, 1)
            let raw = calibration.right.matrix * (rectification.right.transposed * ray)
            let warped = Matrix3(values) * (raw / raw.z)
            // Rows are exact to a hundredth; the dropped skew only moves along the row.
            #expect(abs(warped.y / warped.z - v) < 0.1, "row \(v) becomes \(warped.y / warped.z)")
            #expect(abs(warped.x / warped.z - u) < 6, "column \(u) becomes \(warped.x / warped.z)")
        }
    }

    @Test func aFullGen1FileSaysTheSameAsTheEEPROM() throws {
        let device = try read("stereo/oakd_patio/calib.json")
        let color = try #require(device.color)
        let rectification = try #require(device.rectification)
        func cm(_ v: SIMD3<Double>) -> [Double] { [v.x / 10, v.y / 10, v.z / 10] }
        var values = rectification.left.rows + rectification.right.rows
        values += device.left.matrix.rows + device.right.matrix.rows
        values += device.rotation.rows + cm(device.translationMillimetres)
        values += color.model.matrix.rows + color.rotation.rows + cm(color.translationMillimetres)
        values += device.left.distortion + device.right.distortion + color.model.distortion
        var bytes = values.flatMap { value in withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) } }
        #expect(bytes.count == 444)
        for _ in 0..<2 {
            let read = try CalibrationFile.read(bytes, name: "board.calib")
            #expect(read.left.matrix == device.left.matrix && read.right.matrix == device.right.matrix)
            #expect(read.right.distortion == device.right.distortion.map { Double(Float($0)) })
            #expect(abs(read.translationMillimetres.x - device.translationMillimetres.x) < 1e-4)
            #expect(read.color?.model.matrix == color.model.matrix)
            #expect(abs((read.rectification?.right[0, 1] ?? 0) - rectification.right[0, 1]) < 1e-7)
            bytes.append(1)
        }
    }
}
