// SPDX-License-Identifier: Apache-2.0
import Calibration
import Core
import Foundation
import Settings
import TestSupport
import Testing

/// Damaged files: refused or read, never a crash, and what is read can be used.
@Suite(.enabled(if: SharedData.isRequired)) struct CalibrationFuzzTests {
    private static let options = CalibrationOptions(pictureSize: (640, 480), squareMillimetres: 25)

    /// Every form there is, small enough to be damaged often.
    private static func forms() throws -> [(name: String, bytes: [UInt8])] {
        let example = SharedData.checkout.appendingPathComponent("packaging/calibration-example.yml")
        let device = try CalibrationFile.read(try SharedData.bytes("stereo/oakd_patio/calib.json"), name: "eeprom")
        let floats = device.left.matrix.rows + device.right.matrix.rows
        let full = (0..<111).flatMap { index -> [UInt8] in
            let value: Double
            switch index {
            case 18..<36: value = floats[index - 18]
            case 36..<45: value = device.rotation.rows[index - 36]
            case 45..<48: value = device.translationMillimetres[index - 45] / 10
            default: value = 0
            }
            return withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) }
        }
        return [
            ("yaml", Array(try Data(contentsOf: example))),
            ("eeprom", try SharedData.bytes("stereo/oakd_patio/calib.json")),
            ("opencv", try SharedData.bytes("stereo/chessboard/reference_calibration_opencv.json")),
            ("board", try SharedData.bytes("depthai/boards/ACME01.json")),
            ("homography", try SharedData.bytes("depthai/calib/default.calib") + [1]),
            ("full", full),
        ]
    }

    private func isSane(_ bytes: [UInt8]) -> Bool {
        guard let calibration = try? CalibrationFile.read(bytes, name: "damaged", options: Self.options) else { return true }
        return calibration.left.fx > 0 && calibration.right.fx.isFinite && calibration.baselineMillimetres >= 1
            && calibration.rotation.inverse != nil
    }

    @Test func everyUndamagedFormReads() throws {
        for form in try Self.forms() {
            _ = try CalibrationFile.read(form.bytes, name: form.name, options: Self.options)
        }
    }

    @Test func noTruncationCrashes() throws {
        for form in try Self.forms() {
            for length in 0..<form.bytes.count {
                #expect(isSane(Array(form.bytes[0..<length])))
            }
        }
    }

    /// `DEPTHD_FUZZ_ROUNDS` sets how often each form is damaged.
    @Test func noDamageCrashes() throws {
        let rounds = ProcessInfo.processInfo.environment["DEPTHD_FUZZ_ROUNDS"].flatMap(Int.init) ?? 2000
        var random = UInt64(0x5EED)
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % UInt64(bound))
        }
        for form in try Self.forms() {
            for _ in 0..<rounds {
                var bytes = form.bytes
                for _ in 0...next(4) { bytes[next(bytes.count)] = UInt8(next(256)) }
                #expect(isSane(bytes))
            }
        }
    }
}
