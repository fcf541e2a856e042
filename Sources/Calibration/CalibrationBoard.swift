// SPDX-License-Identifier: Apache-2.0
import Core

/// A gen1 board: how its cameras see and stand, without a calibration.
public struct CalibrationBoard: Sendable, Hashable {
    public let name: String
    /// Horizontal field of view of each grey camera.
    public let monoFieldOfViewDegrees: Double
    /// Horizontal field of view of the colour camera.
    public let colorFieldOfViewDegrees: Double
    public let leftToRightMillimetres: Double
    public let leftToColorMillimetres: Double
    /// Whether the board's left connector carries the right camera.
    public let swapsLeftAndRight: Bool

    init(_ node: CalibrationNode, path: String, file: String) throws(CalibrationError) {
        let fields = CalibrationFields(file: file)
        func within(_ value: Double, _ range: ClosedRange<Double>, _ key: String) throws(CalibrationError) -> Double {
            guard range.contains(value) else {
                throw .invalid(
                    file: file, field: fields.join(path, key), reason: "is \(value)",
                    remedy: "set it to \(range.lowerBound)...\(range.upperBound)")
            }
            return value
        }
        func millimetres(_ key: String) throws(CalibrationError) -> Double {
            if node["\(key)_m"] != nil {
                return try within(try fields.number(node, "\(key)_m", path: path), 0...5, "\(key)_m") * 1000
            }
            return try within(try fields.number(node, "\(key)_cm", path: path), 0...500, "\(key)_cm") * 10
        }
        if case .text(let text)? = node["name"] { name = text } else { name = "" }
        monoFieldOfViewDegrees = try within(try fields.number(node, "left_fov_deg", path: path), 10...170, "left_fov_deg")
        colorFieldOfViewDegrees = try within(try fields.number(node, "rgb_fov_deg", path: path), 10...170, "rgb_fov_deg")
        leftToRightMillimetres = try millimetres("left_to_right_distance")
        leftToColorMillimetres = try millimetres("left_to_rgb_distance")
        swapsLeftAndRight = node["swap_left_and_right_cameras"].map(CalibrationBoard.isTrue) ?? false
    }

    private static func isTrue(_ node: CalibrationNode) -> Bool {
        switch node {
        case .number(let value): value != 0
        case .text(let text): text == "true"
        default: false
        }
    }

    /// Ideal cameras in a row: what can be said of a board that nobody has calibrated.
    /// - Parameter options: `pictureSize` of the grey cameras, 1280×800 unless given.
    func idealCalibration(_ options: CalibrationOptions) -> StereoCalibration {
        let size = options.pictureSize ?? (1280, 800)
        var calibration = StereoCalibration.ideal(
            width: size.width, height: size.height, horizontalFieldOfViewDegrees: monoFieldOfViewDegrees,
            baselineMillimetres: leftToRightMillimetres)
        calibration.color = ColorCalibration(
            model: .ideal(width: 1920, height: 1080, horizontalFieldOfViewDegrees: colorFieldOfViewDegrees),
            rotation: .identity, translationMillimetres: SIMD3(leftToRightMillimetres - leftToColorMillimetres, 0, 0))
        return calibration
    }
}
