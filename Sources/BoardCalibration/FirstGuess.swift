// SPDX-License-Identifier: Apache-2.0
import Core

/// Where the fit of one camera starts: focal lengths and poses from the homographies of flat boards (Zhang 2000), with the
/// principal point in the middle of the picture and a straight lens.
struct FirstGuess {
    let lens: LensParameters
    let boards: [RigidPose]

    init(points: [SIMD2<Double>], views: [[SIMD2<Double>]], width: Int, height: Int, shape: LensShape)
        throws(BoardCalibrationError)
    {
        let centre = SIMD2(Double(width - 1), Double(height - 1)) / 2
        var homographies: [Matrix3] = []
        for view in views {
            guard let homography = Homography.mapping(points, to: view.map { $0 - centre }) else {
                throw .undetermined("a board is seen from its edge; leave that pair out")
            }
            homographies.append(homography)
        }
        // Boards held square to the camera say nothing about the focal length: then a usual lens is the start.
        let focal = FirstGuess.focal(homographies) ?? SIMD2(repeating: Double(width))
        lens = LensParameters(focal: focal, centre: centre, shape: shape)
        var boards: [RigidPose] = []
        for homography in homographies { boards.append(try FirstGuess.pose(homography, focal: focal)) }
        self.boards = boards
    }

    /// A rotation's columns h, v are orthonormal: hᵀωv = 0 and (h+v)ᵀω(h−v) = 0 with ω = diag(1/fx², 1/fy², 1).
    private static func focal(_ homographies: [Matrix3]) -> SIMD2<Double>? {
        var (xx, xy, yy, rightX, rightY) = (0.0, 0.0, 0.0, 0.0, 0.0)
        func unit(_ vector: SIMD3<Double>) -> SIMD3<Double> { vector / max(1e-300, (vector * vector).sum().squareRoot()) }
        for m in homographies {
            let h = SIMD3(m[0, 0], m[1, 0], m[2, 0]), v = SIMD3(m[0, 1], m[1, 1], m[2, 1])
            for (a, b) in [(unit(h), unit(v)), (unit(h + v), unit(h - v))] {
                let (x, y, z) = (a.x * b.x, a.y * b.y, -a.z * b.z)
                xx += x * x
                xy += x * y
                yy += y * y
                rightX += x * z
                rightY += y * z
            }
        }
        let determinant = xx * yy - xy * xy
        guard determinant > 1e-12 * xx * yy else { return nil }
        let inverse = SIMD2(yy * rightX - xy * rightY, xx * rightY - xy * rightX) / determinant
        guard inverse.x > 1e-9, inverse.y > 1e-9 else { return nil }
        let focal = SIMD2(1 / inverse.x.squareRoot(), 1 / inverse.y.squareRoot())
        // Pixels are nearly square; a guess that says otherwise knows nothing.
        guard (0.5...2).contains(focal.x / focal.y) else { return nil }
        return focal
    }

    private static func pose(_ homography: Matrix3, focal: SIMD2<Double>) throws(BoardCalibrationError) -> RigidPose {
        func column(_ index: Int) -> SIMD3<Double> {
            SIMD3(homography[0, index] / focal.x, homography[1, index] / focal.y, homography[2, index])
        }
        var (first, second, third) = (column(0), column(1), column(2))
        let lengths = (first * first).sum().squareRoot() + (second * second).sum().squareRoot()
        // The board is in front of the camera.
        let scale = (third.z < 0 ? -2 : 2) / lengths
        (first, second, third) = (first * scale, second * scale, third * scale)
        guard third.z > 0, let rotation = Rotation.nearest(first, second) else {
            throw .undetermined("a board is seen from its edge; leave that pair out")
        }
        return RigidPose(rotation: rotation, translation: third)
    }
}
