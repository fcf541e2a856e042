// SPDX-License-Identifier: Apache-2.0
import Core

/// The binary calibration files of gen1: little-endian float32, then optionally one byte that says whether the 720 rows
/// are the middle of the sensor's 800 (1) or the top (0).
struct CalibrationGen1 {
    /// A homography right → left.
    static let homographyBytes = 36
    /// R1 R2 M1 M2 R (9 each), T (3, cm), M3 R_rgb (9 each), T_rgb (3, cm), d1 d2 d3 (14 each).
    static let fullBytes = 444

    private let file: String
    private let values: [Double]
    private let isCenterCrop: Bool

    /// - Parameter bytes: 36, 37, 444 or 445 of them.
    init(_ bytes: [UInt8], file: String) throws(CalibrationError) {
        self.file = file
        let count = bytes.count / 4
        var values: [Double] = []
        for index in 0..<count {
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 * index + $1]) << (8 * UInt32($1)) }
            let value = Float(bitPattern: bits)
            guard value.isFinite else {
                throw .invalid(
                    file: file, field: "float \(index)", reason: "is not a finite number", remedy: "give an undamaged file")
            }
            values.append(Double(value))
        }
        self.values = values
        isCenterCrop = bytes.count % 4 == 1 && bytes[bytes.count - 1] != 0
    }

    /// Two cameras for which rectification is exactly gen1's: the left picture stays, the right one is warped by H.
    ///
    /// A homography between two views of things far away is H = K_left · R · K_right⁻¹. K_left is the ideal camera of
    /// the given field of view; then H⁻¹ · K_left = K_right · Rᵀ is split into a triangular matrix and a rotation (RQ).
    /// Nothing is lost but the skew, which moves pixels along their row only.
    func homography(_ options: CalibrationOptions) throws(CalibrationError) -> StereoCalibration {
        guard (10...170).contains(options.horizontalFieldOfViewDegrees) else {
            throw .invalid(
                file: file, field: "horizontalFieldOfViewDegrees", reason: "is \(options.horizontalFieldOfViewDegrees)",
                remedy: "set the grey cameras' field of view, 10...170 degrees")
        }
        var left = CameraModel.ideal(
            width: 1280, height: 720, horizontalFieldOfViewDegrees: options.horizontalFieldOfViewDegrees)
        // Cropping 720 rows from the top of 800 leaves the optical axis at the sensor's middle, row 400.
        if !isCenterCrop { left.cy = 399.5 }
        let scale = 1 / left.fx
        let normalized = left.matrix.inverse.map { $0 * Matrix3(values) * left.matrix }
        guard let normalized, CalibrationMath.determinant(normalized) > 1e-6, let back = Matrix3(values).inverse,
            let (triangular, rotation) = CalibrationMath.triangularTimesRotation(back * left.matrix)
        else { throw damaged("is singular or mirrors the picture") }
        let right = CameraModel(
            width: 1280, height: 720, fx: triangular[0, 0] / triangular[2, 2], fy: triangular[1, 1] / triangular[2, 2],
            cx: triangular[0, 2] / triangular[2, 2], cy: triangular[1, 2] / triangular[2, 2])
        guard (0.5...2).contains(right.fx * scale), (0.5...2).contains(right.fy * scale) else {
            throw damaged("is not a view of the same scene by a camera of the same kind")
        }
        let translation = rotation * SIMD3(-options.baselineMillimetres, 0, 0)
        return StereoCalibration(
            left: left, right: right, rotation: rotation, translationMillimetres: translation,
            rectification: (.identity, rotation.transposed))
    }

    private func damaged(_ reason: String) -> CalibrationError {
        .invalid(file: file, field: "homography", reason: reason, remedy: "give an undamaged gen1 calibration file")
    }

    /// The full calibration, with the rectification it carries and its colour camera when it has one.
    func full() throws(CalibrationError) -> StereoCalibration {
        let left = try model(matrixAt: 18, distortionAt: 69, width: 1280, height: 800, "M1")
        let right = try model(matrixAt: 27, distortionAt: 83, width: 1280, height: 800, "M2")
        let hasRectification = values[0..<18].contains { $0 != 0 }
        let hasColor = values[48..<57].contains { $0 != 0 }
        return StereoCalibration(
            left: left, right: right, rotation: matrix(36), translationMillimetres: vector(45) * 10,
            rectification: hasRectification ? (matrix(0), matrix(9)) : nil,
            color: hasColor
                ? ColorCalibration(
                    model: try model(matrixAt: 48, distortionAt: 97, width: 1920, height: 1080, "M3"),
                    rotation: matrix(57), translationMillimetres: vector(66) * 10)
                : nil)
    }

    private func matrix(_ start: Int) -> Matrix3 { Matrix3(Array(values[start..<start + 9])) }

    private func vector(_ start: Int) -> SIMD3<Double> { SIMD3(values[start], values[start + 1], values[start + 2]) }

    private func model(matrixAt start: Int, distortionAt distortion: Int, width: Int, height: Int, _ field: String)
        throws(CalibrationError) -> CameraModel
    {
        let m = matrix(start)
        guard m[2, 2] == 1, m[1, 0] == 0, m[2, 0] == 0, m[2, 1] == 0 else {
            throw .invalid(file: file, field: field, reason: "is not a camera matrix", remedy: "give an undamaged file")
        }
        return CameraModel(
            width: width, height: height, fx: m[0, 0], fy: m[1, 1], cx: m[0, 2], cy: m[1, 2],
            distortion: Array(values[distortion..<distortion + 14]))
    }
}
