// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What OpenCV 5.0.0 made of the ten chessboard pairs of the shared data: `findChessboardCorners`, `cornerSubPix` with an
/// 11×11 window, `calibrateCamera`, `stereoCalibrate` with everything free.
struct OpenCVFixture: Decodable {
    /// Corners x, y, pair by pair.
    let left: [[[Double]]]
    let right: [[[Double]]]
    let reprojection: Double
    let monoReprojection: [Double]
    /// fx fy cx cy k1 k2 p1 p2 k3
    let leftLens: [Double]
    let rightLens: [Double]
    let rotation: [Double]
    /// Millimetres, squares of 25 mm.
    let translation: [Double]

    static func read() throws -> OpenCVFixture {
        let url = try #require(
            Bundle.module.url(forResource: "opencv-chessboards", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(OpenCVFixture.self, from: try Data(contentsOf: url))
    }

    static func points(_ corners: [[Double]]) -> [SIMD2<Double>] { corners.map { SIMD2($0[0], $0[1]) } }
}
