// SPDX-License-Identifier: Apache-2.0
import BoardCalibration
import Codec
import Core
import Foundation
import Stereo
import TestSupport
import Testing

/// Ten real pairs of a printed board, 640×480, against OpenCV.
@Suite(.enabled(if: SharedData.isRequired)) struct ChessboardTests {
    private static let pattern = try! BoardPattern(columns: 9, rows: 6, squareMillimetres: 25)

    private static func corners(_ index: Int, _ side: String) throws -> [SIMD2<Double>] {
        let bytes = try SharedData.bytes("stereo/chessboard/chessboard\(index)\(side).png")
        let frame = try ImageDecoder().decode(bytes, as: .gray8, header: header(1, 1))
        return try BoardDetector(pattern).corners(in: frame)
    }

    private static func pairs() throws -> [BoardPair] {
        try (0..<10).map { index in
            try BoardPair(
                name: "chessboard\(index)", left: try corners(index, "L"), right: try corners(index, "R"), pattern: pattern)
        }
    }

    @Test func theCornersAreWhereOpenCVFindsThem() throws {
        let fixture = try OpenCVFixture.read()
        var distances: [Double] = []
        for index in 0..<10 {
            for (side, golden) in [("L", fixture.left[index]), ("R", fixture.right[index])] {
                let own = try Self.corners(index, side)
                for corner in OpenCVFixture.points(golden) {
                    distances.append(own.map { (($0 - corner) * ($0 - corner)).sum().squareRoot() }.min() ?? .infinity)
                }
            }
        }
        distances.sort()
        #expect(distances[distances.count / 2] < 0.08, "median \(distances[distances.count / 2])")
        #expect(distances[distances.count * 99 / 100] < 0.35, "99 % \(distances[distances.count * 99 / 100])")
    }

    @Test func ownCalibrationReachesTheBars() throws {
        let report = try StereoCalibrator(pattern: Self.pattern, width: 640, height: 480).solve(try Self.pairs())
        #expect(report.epipolar.mean <= 0.18 && report.epipolar.percentile95 <= 0.40, "\(report.epipolar)")
        #expect(report.unused.isEmpty)
    }

    /// The solver alone: the same corners, the same model, the same minimum.
    @Test func fromOpenCVsCornersComesOpenCVsCalibration() throws {
        let fixture = try OpenCVFixture.read()
        let pairs = try (0..<10).map { index in
            try BoardPair(
                name: "\(index)", left: OpenCVFixture.points(fixture.left[index]),
                right: OpenCVFixture.points(fixture.right[index]), pattern: Self.pattern)
        }
        let report = try StereoCalibrator(pattern: Self.pattern, width: 640, height: 480).solve(pairs)
        #expect(abs(report.reprojection - fixture.reprojection) < 0.0001, "\(report.reprojection)")
        for (model, golden) in [(report.calibration.left, fixture.leftLens), (report.calibration.right, fixture.rightLens)] {
            let own = [model.fx, model.fy, model.cx, model.cy]
            for (a, b) in zip(own, golden) { #expect(abs(a - b) < 0.1, "\(own)") }
        }
        for (a, b) in zip(report.calibration.rotation.rows, fixture.rotation) { #expect(abs(a - b) < 5e-5) }
        let translation = report.calibration.translationMillimetres
        for axis in 0..<3 { #expect(abs(translation[axis] - fixture.translation[axis]) < 0.02, "\(translation)") }
    }

    /// The given calibration judges our corners, and ours are better than those it was made from.
    @Test func underTheGivenCalibrationOurCornersLieInTheSameRows() throws {
        struct Given: Decodable {
            let K1, K2, R: [[Double]]
            let D1, D2, T_squares: [Double]
        }
        let given = try JSONDecoder().decode(
            Given.self, from: Data(try SharedData.bytes("stereo/chessboard/reference_calibration_opencv.json")))
        func lens(_ k: [[Double]], _ distortion: [Double]) -> CameraModel {
            CameraModel(
                width: 640, height: 480, fx: k[0][0], fy: k[1][1], cx: k[0][2], cy: k[1][2], distortion: distortion)
        }
        let t = given.T_squares
        let calibration = StereoCalibration(
            left: lens(given.K1, given.D1), right: lens(given.K2, given.D2), rotation: Matrix3(given.R.flatMap { $0 }),
            translationMillimetres: SIMD3(t[0], t[1], t[2]) * 25)
        let rectifier = try Rectifier(calibration: calibration, width: 640, height: 480)
        let errors = try Self.pairs().flatMap { pair in
            zip(pair.left, pair.right).map {
                abs(rectifier.rectifiedPoint($0, side: .left).y - rectifier.rectifiedPoint($1, side: .right).y)
            }
        }.sorted()
        #expect(errors.reduce(0, +) / 540 <= 0.20, "\(errors.reduce(0, +) / 540)")
        #expect(errors[513] <= 0.45, "\(errors[513])")
    }
}

func header(_ width: Int, _ height: Int) -> FrameHeader {
    FrameHeader(
        camera: CameraID("test")!, instance: .left, sequence: 1, captured: Timestamp(nanoseconds: 0), width: width,
        height: height, format: .gray8)
}
