// SPDX-License-Identifier: Apache-2.0
import Core

/// What every calibration has to fulfil, whatever form it came in.
struct CalibrationCheck {
    let file: String

    /// How far R·Rᵀ may be from the identity: calibrations are stored as float32 and typed with four digits.
    private static let rotationTolerance = 2e-3

    func check(_ calibration: StereoCalibration) throws(CalibrationError) {
        try check(calibration.left, "left")
        try check(calibration.right, "right")
        try check(rotation: calibration.rotation, "rotation")
        try check(translation: calibration.translationMillimetres, "translation")
        try check(baseline: calibration.translationMillimetres)
        if let rectification = calibration.rectification {
            try check(rotation: rectification.left, "rectification.left")
            try check(rotation: rectification.right, "rectification.right")
        }
        if let color = calibration.color {
            try check(color.model, "color")
            try check(rotation: color.rotation, "color.rotation")
            try check(translation: color.translationMillimetres, "color.translation")
        }
    }

    private func check(_ model: CameraModel, _ field: String) throws(CalibrationError) {
        try range(Double(model.width), 16...16_384, "\(field).width", "give the picture's width in pixels")
        try range(Double(model.height), 16...16_384, "\(field).height", "give the picture's height in pixels")
        let (width, height) = (Double(model.width), Double(model.height))
        let focal = width / 20...width * 50
        try range(model.fx, focal, "\(field).fx", "give the focal length in pixels of this picture size")
        try range(model.fy, focal, "\(field).fy", "give the focal length in pixels of this picture size")
        try range(model.cx, -width...2 * width, "\(field).cx", "give the principal point in pixels")
        try range(model.cy, -height...2 * height, "\(field).cy", "give the principal point in pixels")
        guard [0, 4, 5, 8, 12, 14].contains(model.distortion.count) else {
            throw .invalid(
                file: file, field: "\(field).distortion", reason: "holds \(model.distortion.count) numbers",
                remedy: "give 0, 4, 5, 8, 12 or 14 coefficients in OpenCV's order")
        }
        for (index, value) in model.distortion.enumerated() {
            try range(value, -1e6...1e6, "\(field).distortion[\(index)]", "calibrate again")
        }
    }

    private func check(rotation: Matrix3, _ field: String) throws(CalibrationError) {
        let product = rotation * rotation.transposed
        let error = (0..<9).map { abs(product.rows[$0] - Matrix3.identity.rows[$0]) }.max() ?? .infinity
        let determinant = CalibrationMath.determinant(rotation)
        guard error.isFinite, error <= CalibrationCheck.rotationTolerance, determinant > 0 else {
            throw .invalid(
                file: file, field: field, reason: "is not a rotation",
                remedy: "give nine numbers, row by row, with orthonormal rows")
        }
    }

    private func check(translation: SIMD3<Double>, _ field: String) throws(CalibrationError) {
        for axis in 0..<3 { try range(translation[axis], -10_000...10_000, "\(field)[\(axis)]", "give millimetres") }
    }

    private func check(baseline: SIMD3<Double>) throws(CalibrationError) {
        let length = (baseline * baseline).sum().squareRoot()
        guard length >= 1 else {
            throw .invalid(
                file: file, field: "translation", reason: "is \(length) mm long",
                remedy: "give the translation from the left lens to the right one in millimetres, about (-75, 0, 0)")
        }
        guard baseline.x < 0, -baseline.x >= length / 2 else {
            throw .invalid(
                file: file, field: "translation", reason: "points to (\(baseline.x), \(baseline.y), \(baseline.z))",
                remedy: "its x has to be negative and the largest part: swap left and right, or mount the cameras side by side")
        }
    }

    private func range(_ value: Double, _ allowed: ClosedRange<Double>, _ field: String, _ remedy: String)
        throws(CalibrationError)
    {
        guard allowed.contains(value) else {
            throw .invalid(
                file: file, field: field, reason: "is \(value), outside \(allowed.lowerBound)...\(allowed.upperBound)",
                remedy: remedy)
        }
    }
}
