// SPDX-License-Identifier: Apache-2.0
import Calibration
import Core
import Foundation
import Settings
import TestSupport
import Testing

@Suite struct CalibrationFileTests {
    private static let example = SharedData.checkout.appendingPathComponent("packaging/calibration-example.yml")

    private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

    private func exampleText() throws -> String { try String(contentsOf: Self.example, encoding: .utf8) }

    @Test func theDocumentedExampleReads() throws {
        let calibration = try CalibrationFile.read(text(try exampleText()), name: "example.yml")
        #expect(calibration.left.fx == 808.27)
        #expect(calibration.right.distortion == [-0.0391, 0.0312, 0.0012, -0.0007, -0.0064])
        #expect(calibration.translationMillimetres == SIMD3(-73.77, 2.31, 0.27))
        #expect(calibration.rotation[0, 1] == 0.0201215)
        #expect(calibration.rectification?.right[2, 0] == 0.0037306)
        #expect(calibration.color?.model.width == 1920)
    }

    @Test func whatIsWrittenReadsBackToTheLastBit() throws {
        let calibration = try CalibrationFile.read(text(try exampleText()), name: "example.yml")
        let again = try CalibrationFile.read(text(CalibrationFile.write(calibration)), name: "again.yml")
        #expect(again == calibration)
        let ideal = StereoCalibration.ideal(
            width: 640, height: 400, horizontalFieldOfViewDegrees: 71.86, baselineMillimetres: 75)
        #expect(try CalibrationFile.read(text(CalibrationFile.write(ideal)), name: "ideal.yml") == ideal)
    }

    @Test(arguments: [
        ("depthd_calibration: 1", "depthd_calibration: 2", "depthd_calibration"),
        ("fx: 808.27", "fx: -808.27", "left.fx"),
        ("fx: 808.27", "fx: .nan", "left.fx"),
        ("fx: 808.27", "focal: 808.27", "left.focal"),
        ("  fy: 807.53\n", "", "left.fy"),
        ("width: 1280 ", "width: 12 ", "left.width"),
        ("width: 1280 ", "width: 1280.5 ", "left.width"),
        ("cx: 634.17", "cx: 9000", "left.cx"),
        ("-0.0001, 0.0005, -0.0087]", "-0.0001]", "left.distortion"),
        ("- [0.9997833, ", "- [0.8997833, ", "rotation"),
        ("- [0.9997833, 0.0201215, 0.0053317]", "- [0.9997833, 0.0201215]", "rotation"),
        ("[-73.77, 2.31, 0.27]", "[0, 0, 0]", "translation"),
        ("[-73.77, 2.31, 0.27]", "[73.77, 2.31, 0.27]", "translation"),
        ("[-73.77, 2.31, 0.27]", "[-73.77, 2.31]", "translation_mm"),
        ("- [0.0037306,", "- [0.5037306,", "rectification.right"),
        ("  translation_mm: [36.26,", "  translation_mm: [1e300,", "color.translation[0]"),
    ])
    func anErrorNamesTheFileTheFieldAndARemedy(from: String, to: String, field: String) throws {
        let broken = try exampleText().replacing(from, with: to, maxReplacements: 1)
        let error = try #require(throws: CalibrationError.self) {
            try CalibrationFile.read(text(broken), name: "mine.yml")
        }
        let message = error.description
        #expect(message.hasPrefix("mine.yml: \(field) "), "\(message)")
        #expect(message.split(separator: ": ").count >= 3, "\(message)")
    }

    @Test(arguments: [
        "", "{}", "hello", "[1, 2]", "{\"K1\": 1}", "a: &x [1]\nb: *x", String(repeating: "[", count: 5000), "\u{0}\u{1}",
    ])
    func whatIsNoCalibrationIsRefused(content: String) {
        #expect(throws: CalibrationError.self) { try CalibrationFile.read(text(content), name: "file") }
    }
}
