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
        print(report.reprojection, report.epipolar, report.heldOut as Any, report.uncertainty, report.coverage)
        print(report.calibration)
        for p in report.used { print(p.pair.name, p.leftReprojection, p.rightReprojection, p.epipolar) }
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
        print(report.reprojection, report.epipolar, report.heldOut as Any, report.uncertainty)
        print(report.calibration)
        #expect(abs(report.reprojection - fixture.reprojection) < 0.002, "\(report.reprojection)")
    }
}

func header(_ width: Int, _ height: Int) -> FrameHeader {
    FrameHeader(
        camera: CameraID("test")!, instance: .left, sequence: 1, captured: Timestamp(nanoseconds: 0), width: width,
        height: height, format: .gray8)
}
