// SPDX-License-Identifier: Apache-2.0
import BoardCalibration
import Core
import Foundation
import TestSupport
import Testing

/// Corners computed from known cameras: what comes out must be what went in.
struct StereoCalibratorTests {
    private static let left = CameraModel(
        width: 1280, height: 800, fx: 810, fy: 807, cx: 634, cy: 407, distortion: [-0.12, 0.06, 0.0007, -0.0005, -0.01])
    private static let right = CameraModel(
        width: 1280, height: 800, fx: 816, fy: 814, cx: 655, cy: 398, distortion: [-0.11, 0.05, -0.0004, 0.0006, -0.008])
    private static let rotation = RenderedBoard.turned(0.4, -1.2, 1.1)
    private static let translation = SIMD3(-74.6, 1.3, 0.8)
    private static let pattern = try! BoardPattern(columns: 9, rows: 6, squareMillimetres: 25)

    /// Boards all over both pictures.
    private static func pairs(_ count: Int, noise: Double, flat: Bool = false, seed: UInt64 = 3) throws -> [BoardPair] {
        var random = SeededRandom(seed)
        func normal() -> Double {
            let (u, v) = (Double.random(in: 1e-12...1, using: &random), Double.random(in: 0...1, using: &random))
            return noise * (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
        }
        return try (0..<count).map { index in
            let tilt =
                flat
                ? RenderedBoard.turned(0, 0, 0)
                : RenderedBoard.turned(
                    Double.random(in: -35...35, using: &random), Double.random(in: -35...35, using: &random),
                    Double.random(in: -25...25, using: &random))
            let z = Double.random(in: 350...700, using: &random)
            let middle = SIMD3(
                Double.random(in: -0.35...0.4, using: &random) * z, Double.random(in: -0.2...0.2, using: &random) * z, z)
            let inLeft = RenderedBoard(camera: left, rotation: tilt, middle: middle)
            let inRight = RenderedBoard(
                camera: right, rotation: rotation * tilt, middle: rotation * middle + translation)
            func seen(_ board: RenderedBoard) -> [SIMD2<Double>] { board.corners.map { $0 + SIMD2(normal(), normal()) } }
            return try BoardPair(name: "\(index)", left: seen(inLeft), right: seen(inRight), pattern: pattern)
        }
    }

    private func solve(_ pairs: [BoardPair], _ shape: LensShape = .standard) throws -> CalibrationReport {
        try StereoCalibrator(pattern: Self.pattern, width: 1280, height: 800, shape: shape).solve(pairs)
    }

    @Test(arguments: LensShape.allCases)
    func exactCornersGiveTheExactCameras(shape: LensShape) throws {
        let report = try solve(try Self.pairs(12, noise: 0), shape)
        let found = report.calibration
        for (model, truth) in [(found.left, Self.left), (found.right, Self.right)] {
            #expect(abs(model.fx - truth.fx) < 1e-3 && abs(model.fy - truth.fy) < 1e-3, "\(model)")
            #expect(abs(model.cx - truth.cx) < 1e-3 && abs(model.cy - truth.cy) < 1e-3, "\(model)")
            guard shape == .standard else { continue }
            for (a, b) in zip(model.distortion, truth.distortion) { #expect(abs(a - b) < 1e-5, "\(model)") }
        }
        for (a, b) in zip(found.rotation.rows, Self.rotation.rows) { #expect(abs(a - b) < 1e-7) }
        let error = found.translationMillimetres - Self.translation
        #expect((error * error).sum() < 1e-8, "\(found.translationMillimetres)")
        #expect(report.reprojection < 1e-5 && report.epipolar.maximum < 1e-4)
    }

    /// Over many draws of noise, the stated standard deviations have to be those of the errors.
    @Test func theStatedUncertaintyIsThatOfTheErrors() throws {
        var normalised: [Double] = []
        for seed in 1...12 {
            let report = try solve(try Self.pairs(10, noise: 0.2, seed: UInt64(seed)))
            let u = report.uncertainty
            normalised.append((report.calibration.left.fx - Self.left.fx) / u.leftFocal)
            normalised.append((report.calibration.right.fx - Self.right.fx) / u.rightFocal)
            normalised.append((report.calibration.translationMillimetres.x - Self.translation.x) / u.baselineMillimetres)
            #expect(abs(report.reprojection - 0.2 * 2.0.squareRoot()) < 0.03, "\(report.reprojection)")
        }
        let spread = (normalised.reduce(0) { $0 + $1 * $1 } / Double(normalised.count)).squareRoot()
        #expect((0.6...1.4).contains(spread), "\(spread)")
    }

    @Test func aPairWhoseBoardMovedIsLeftOutAndNamed() throws {
        var pairs = try Self.pairs(10, noise: 0.1)
        let moved = pairs[4].right.map { $0 + SIMD2(6, 3) }
        pairs[4] = try BoardPair(name: "moved", left: pairs[4].left, right: moved, pattern: Self.pattern)
        let report = try solve(pairs)
        #expect(report.unused.map(\.pair.name) == ["moved"])
        #expect(report.worst?.pair.name == "moved")
        #expect(abs(report.calibration.left.fx - Self.left.fx) < 5)
        let heldOut = try #require(report.heldOut)
        #expect(heldOut.mean < 0.25 && heldOut.mean >= report.epipolar.mean * 0.8)
    }

    @Test func tooFewPairsAndBoardsHeldTheSameWayAreRefused() throws {
        #expect(throws: BoardCalibrationError.fewPairs(count: 3, least: 4)) { try solve(try Self.pairs(3, noise: 0.1)) }
        let error = #expect(throws: BoardCalibrationError.self) { try solve(try Self.pairs(8, noise: 0.1, flat: true)) }
        #expect(error?.description.contains("tilt") == true, "\(String(describing: error))")
    }

    @Test func swappedCamerasAreRefused() throws {
        let swapped = try Self.pairs(8, noise: 0.1).map {
            try BoardPair(name: $0.name, left: $0.right, right: $0.left, pattern: Self.pattern)
        }
        let error = #expect(throws: BoardCalibrationError.self) { try solve(swapped) }
        #expect(error?.description.contains("swapped") == true, "\(String(describing: error))")
    }

    @Test func aBoardReadTheOtherWayRoundInOnePictureIsTurnedBack() throws {
        let even = try BoardPattern(columns: 7, rows: 5, squareMillimetres: 25)
        let left = even.points.map { $0 + SIMD2(100, 100) }
        let right = even.points.map { $0 + SIMD2(60, 101) }
        let pair = try BoardPair(name: "turned", left: left, right: right.reversed(), pattern: even)
        #expect(pair.right == right)
        #expect(throws: BoardCalibrationError.self) { try BoardPair(name: "short", left: left, right: [], pattern: even) }
        for bad in [Double.nan, .infinity, 1e9] {
            var broken = left
            broken[3].x = bad
            #expect(throws: BoardCalibrationError.self) { try BoardPair(name: "bad", left: broken, right: right, pattern: even) }
        }
    }
}
