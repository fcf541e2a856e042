// SPDX-License-Identifier: Apache-2.0

/// A 3×3 matrix, row by row.
public struct Matrix3: Sendable, Hashable {
    public var rows: [Double]

    /// - Precondition: nine values, row-major.
    public init(_ rows: [Double]) {
        precondition(rows.count == 9)
        self.rows = rows
    }

    public static let identity = Matrix3([1, 0, 0, 0, 1, 0, 0, 0, 1])

    public subscript(row: Int, column: Int) -> Double {
        get { rows[row * 3 + column] }
        set { rows[row * 3 + column] = newValue }
    }

    public var transposed: Matrix3 {
        Matrix3((0..<9).map { rows[($0 % 3) * 3 + $0 / 3] })
    }

    public static func * (left: Matrix3, right: Matrix3) -> Matrix3 {
        Matrix3((0..<9).map { index in (0..<3).reduce(0.0) { $0 + left[index / 3, $1] * right[$1, index % 3] } })
    }

    public static func * (matrix: Matrix3, vector: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3((0..<3).map { matrix[$0, 0] * vector.x + matrix[$0, 1] * vector.y + matrix[$0, 2] * vector.z })
    }

    /// The inverse, or nil when the matrix is singular.
    public var inverse: Matrix3? {
        func minor(_ row: Int, _ column: Int) -> Double {
            let r = [0, 1, 2].filter { $0 != row }
            let c = [0, 1, 2].filter { $0 != column }
            return self[r[0], c[0]] * self[r[1], c[1]] - self[r[0], c[1]] * self[r[1], c[0]]
        }
        let determinant = self[0, 0] * minor(0, 0) - self[0, 1] * minor(0, 1) + self[0, 2] * minor(0, 2)
        guard abs(determinant) > 1e-12, determinant.isFinite else { return nil }
        return Matrix3(
            (0..<9).map { index in
                let (row, column) = (index / 3, index % 3)
                return ((row + column) % 2 == 0 ? 1 : -1) * minor(column, row) / determinant
            })
    }
}

/// A pinhole camera with lens distortion: focal lengths and principal point in pixels of a `width`×`height` picture.
public struct CameraModel: Sendable, Hashable {
    public var width: Int
    public var height: Int
    public var fx: Double
    public var fy: Double
    public var cx: Double
    public var cy: Double
    /// 0, 5, 8, 12 or 14 coefficients in OpenCV's order: k1 k2 p1 p2 k3 [k4 k5 k6 [s1 s2 s3 s4 [τx τy]]].
    public var distortion: [Double]

    public init(width: Int, height: Int, fx: Double, fy: Double, cx: Double, cy: Double, distortion: [Double] = []) {
        self.width = width
        self.height = height
        self.fx = fx
        self.fy = fy
        self.cx = cx
        self.cy = cy
        self.distortion = distortion
    }

    /// The same lens on a picture of another size that shows the same field of view (binning, resizing).
    public func scaled(width: Int, height: Int) -> CameraModel {
        let (sx, sy) = (Double(width) / Double(self.width), Double(height) / Double(self.height))
        return CameraModel(
            width: width, height: height, fx: fx * sx, fy: fy * sy,
            cx: (cx + 0.5) * sx - 0.5, cy: (cy + 0.5) * sy - 0.5, distortion: distortion)
    }

    public var matrix: Matrix3 { Matrix3([fx, 0, cx, 0, fy, cy, 0, 0, 1]) }

    /// HFOV = 2 atan(W / (2 fx)).
    public var horizontalFieldOfViewDegrees: Double { 2 * arcTangent(Double(width) / (2 * fx)) * 180 / .pi }
}

/// Two cameras and how they stand to each other: a point in left coordinates p becomes `rotation` · p + `translation` in
/// right coordinates. Camera axes: x right, y down, z forward. Lengths in millimetres.
public struct StereoCalibration: Sendable, Hashable {
    public var left: CameraModel
    public var right: CameraModel
    public var rotation: Matrix3
    /// About (−baseline, 0, 0).
    public var translationMillimetres: SIMD3<Double>
    /// Rectifying rotations when the calibration came with its own (EEPROM, gen1 files); computed otherwise.
    public var rectification: (left: Matrix3, right: Matrix3)? {
        get { leftRectification.flatMap { left in rightRectification.map { (left, $0) } } }
        set { (leftRectification, rightRectification) = (newValue?.left, newValue?.right) }
    }
    /// The colour camera, when there is one, with its pose relative to the right camera: a point in right coordinates p
    /// becomes `rotation` · p + `translationMillimetres` in colour coordinates.
    public var color: ColorCalibration?

    private var leftRectification: Matrix3?
    private var rightRectification: Matrix3?

    public init(
        left: CameraModel, right: CameraModel, rotation: Matrix3, translationMillimetres: SIMD3<Double>,
        rectification: (left: Matrix3, right: Matrix3)? = nil, color: ColorCalibration? = nil
    ) {
        self.left = left
        self.right = right
        self.rotation = rotation
        self.translationMillimetres = translationMillimetres
        self.color = color
        leftRectification = rectification?.left
        rightRectification = rectification?.right
    }

    /// Distance between the two lenses.
    public var baselineMillimetres: Double {
        (translationMillimetres * translationMillimetres).sum().squareRoot()
    }

    /// Two identical ideal cameras side by side, already rectified.
    /// - Parameters:
    ///   - horizontalFieldOfViewDegrees: of each camera (gen1's `left_fov_deg`), 1...179.
    public static func ideal(width: Int, height: Int, horizontalFieldOfViewDegrees: Double, baselineMillimetres: Double)
        -> StereoCalibration
    {
        let model = CameraModel.ideal(width: width, height: height, horizontalFieldOfViewDegrees: horizontalFieldOfViewDegrees)
        return StereoCalibration(
            left: model, right: model, rotation: .identity, translationMillimetres: SIMD3(-baselineMillimetres, 0, 0),
            rectification: (.identity, .identity))
    }
}

extension CameraModel {
    /// A lens without distortion: focal_px = W / (2 tan(HFOV/2)), principal point in the middle.
    public static func ideal(width: Int, height: Int, horizontalFieldOfViewDegrees: Double) -> CameraModel {
        let focal = Double(width) / (2 * tangent(horizontalFieldOfViewDegrees * .pi / 360))
        return CameraModel(
            width: width, height: height, fx: focal, fy: focal, cx: Double(width - 1) / 2, cy: Double(height - 1) / 2)
    }
}

/// The colour camera of a stereo device.
public struct ColorCalibration: Sendable, Hashable {
    public var model: CameraModel
    public var rotation: Matrix3
    public var translationMillimetres: SIMD3<Double>

    public init(model: CameraModel, rotation: Matrix3, translationMillimetres: SIMD3<Double>) {
        self.model = model
        self.rotation = rotation
        self.translationMillimetres = translationMillimetres
    }
}
