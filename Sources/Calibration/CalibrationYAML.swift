// SPDX-License-Identifier: Apache-2.0
public import Core

/// depthd's own calibration file; `packaging/calibration-example.yml` shows every key.
struct CalibrationYAML {
    static let versionKey = "depthd_calibration"
    private static let version = 1
    private let fields: CalibrationFields

    init(file: String) {
        fields = CalibrationFields(file: file)
    }

    func read(_ root: CalibrationNode) throws(CalibrationError) -> StereoCalibration {
        try allow(
            [Self.versionKey, "left", "right", "rotation", "translation_mm", "rectification", "color"], in: root, path: "")
        let version = try fields.integer(root, Self.versionKey, path: "")
        guard version == Self.version else {
            throw .invalid(
                file: fields.file, field: Self.versionKey, reason: "is \(version)",
                remedy: "this depthd reads version \(Self.version)")
        }
        return StereoCalibration(
            left: try model(try fields.node(root, "left", path: ""), "left", also: []),
            right: try model(try fields.node(root, "right", path: ""), "right", also: []),
            rotation: try fields.matrix(root, "rotation", path: ""),
            translationMillimetres: try fields.vector(root, "translation_mm", path: ""),
            rectification: try rectification(root), color: try color(root))
    }

    private func rectification(_ root: CalibrationNode) throws(CalibrationError) -> (left: Matrix3, right: Matrix3)? {
        guard let node = root["rectification"] else { return nil }
        try allow(["left", "right"], in: node, path: "rectification")
        return (
            try fields.matrix(node, "left", path: "rectification"), try fields.matrix(node, "right", path: "rectification")
        )
    }

    private func color(_ root: CalibrationNode) throws(CalibrationError) -> ColorCalibration? {
        guard let node = root["color"] else { return nil }
        return ColorCalibration(
            model: try model(node, "color", also: ["rotation", "translation_mm"]),
            rotation: try fields.matrix(node, "rotation", path: "color"),
            translationMillimetres: try fields.vector(node, "translation_mm", path: "color"))
    }

    private func model(_ node: CalibrationNode, _ path: String, also keys: [String]) throws(CalibrationError) -> CameraModel {
        try allow(["width", "height", "fx", "fy", "cx", "cy", "distortion"] + keys, in: node, path: path)
        return CameraModel(
            width: try fields.integer(node, "width", path: path), height: try fields.integer(node, "height", path: path),
            fx: try fields.number(node, "fx", path: path), fy: try fields.number(node, "fy", path: path),
            cx: try fields.number(node, "cx", path: path), cy: try fields.number(node, "cy", path: path),
            distortion: node["distortion"] == nil ? [] : try fields.numbers(node, "distortion", count: nil, path: path))
    }

    private func allow(_ keys: [String], in node: CalibrationNode, path: String) throws(CalibrationError) {
        guard case .table(let table) = node else {
            throw .invalid(
                file: fields.file, field: path, reason: "has no keys", remedy: "give it the keys \(keys.joined(separator: ", "))")
        }
        for key in table.keys.sorted() where !keys.contains(key) {
            throw .invalid(
                file: fields.file, field: fields.join(path, key), reason: "is not known",
                remedy: "remove it; the known keys are \(keys.joined(separator: ", "))")
        }
    }
}

extension CalibrationFile {
    /// Writes depthd's own form. Reading it gives back the same calibration to the last bit.
    public static func write(_ calibration: StereoCalibration) -> String {
        var lines = ["# Stereo calibration of depthd: pixels, millimetres; axes x right, y down, z forward."]
        lines.append("\(CalibrationYAML.versionKey): 1")
        lines += model("left", calibration.left) + model("right", calibration.right)
        lines += matrix("rotation", calibration.rotation, indent: "")
        lines.append("translation_mm: \(list(calibration.translationMillimetres))")
        if let rectification = calibration.rectification {
            lines.append("rectification:")
            lines += matrix("left", rectification.left, indent: "  ") + matrix("right", rectification.right, indent: "  ")
        }
        if let color = calibration.color {
            lines += model("color", color.model) + matrix("rotation", color.rotation, indent: "  ")
            lines.append("  translation_mm: \(list(color.translationMillimetres))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func model(_ name: String, _ model: CameraModel) -> [String] {
        [
            "\(name):", "  width: \(model.width)", "  height: \(model.height)", "  fx: \(model.fx)", "  fy: \(model.fy)",
            "  cx: \(model.cx)", "  cy: \(model.cy)", "  distortion: \(model.distortion)",
        ]
    }

    private static func matrix(_ name: String, _ matrix: Matrix3, indent: String) -> [String] {
        ["\(indent)\(name):"] + (0..<3).map { "\(indent)  - \(Array(matrix.rows[$0 * 3..<$0 * 3 + 3]))" }
    }

    private static func list(_ vector: SIMD3<Double>) -> String { "[\(vector.x), \(vector.y), \(vector.z)]" }
}
