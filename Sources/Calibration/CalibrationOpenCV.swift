// SPDX-License-Identifier: Apache-2.0
import Core

/// What a script around OpenCV's `stereoCalibrate` writes: K1 D1 K2 D2 R T, optionally R1 R2 of `stereoRectify`.
struct CalibrationOpenCV {
    private let root: CalibrationNode
    private let fields: CalibrationFields

    init(_ root: CalibrationNode, file: String) {
        self.root = root
        fields = CalibrationFields(file: file)
    }

    func calibration(_ options: CalibrationOptions) throws(CalibrationError) -> StereoCalibration {
        let size = try size(options)
        let rectified = root["R1"] != nil && root["R2"] != nil
        return StereoCalibration(
            left: try model("K1", "D1", size), right: try model("K2", "D2", size),
            rotation: try fields.matrix(root, "R", path: ""), translationMillimetres: try translation(options),
            rectification: rectified
                ? (try fields.matrix(root, "R1", path: ""), try fields.matrix(root, "R2", path: "")) : nil)
    }

    private func size(_ options: CalibrationOptions) throws(CalibrationError) -> (width: Int, height: Int) {
        guard root["image_size"] != nil else {
            if let size = options.pictureSize { return size }
            throw .missing(
                file: fields.file, field: "image_size", remedy: "add \"image_size\": [width, height] of the calibration pictures")
        }
        let values = try fields.numbers(root, "image_size", count: 2, path: "")
        guard let width = Int(exactly: values[0]), let height = Int(exactly: values[1]) else {
            throw .invalid(
                file: fields.file, field: "image_size", reason: "is \(values)", remedy: "write two whole numbers of pixels")
        }
        return (width, height)
    }

    private func translation(_ options: CalibrationOptions) throws(CalibrationError) -> SIMD3<Double> {
        guard root["T"] == nil, root["T_squares"] != nil else { return try fields.vector(root, "T", path: "") }
        guard let square = options.squareMillimetres else {
            throw .invalid(
                file: fields.file, field: "T_squares", reason: "is in chessboard squares of unknown size",
                remedy: "give the side of a square in millimetres, or write T in millimetres instead")
        }
        return try fields.vector(root, "T_squares", path: "") * square
    }

    private func model(_ matrix: String, _ distortion: String, _ size: (width: Int, height: Int)) throws(CalibrationError)
        -> CameraModel
    {
        let k = try fields.matrix(root, matrix, path: "")
        guard k[2, 2] == 1, k[1, 0] == 0, k[2, 0] == 0, k[2, 1] == 0 else {
            throw .invalid(
                file: fields.file, field: matrix, reason: "is not a camera matrix",
                remedy: "write [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]")
        }
        return CameraModel(
            width: size.width, height: size.height, fx: k[0, 0], fy: k[1, 1], cx: k[0, 2], cy: k[1, 2],
            distortion: try fields.numbers(root, distortion, count: nil, path: ""))
    }
}
