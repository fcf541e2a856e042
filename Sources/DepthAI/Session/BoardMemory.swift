// SPDX-License-Identifier: Apache-2.0
import Calibration
package import Core
import Foundation
import Settings

/// What a client wrote into a camera's EEPROM (`write_eeprom_data`, `store_to_eeprom`): a file of the box, read as gen1's
/// firmware read its chip.
package struct BoardMemory {
    /// gen1's `eeprom` of `config_d2h`.
    package let report: [String: Any]
    /// The calibration in it; nil where there is none.
    package let calibration: StereoCalibration?

    /// Numbers of gen1's two forms of calibration.
    private static let homographyCount = 9
    private static let fullCount = 111
    /// Where the parts of the full form lie (`docs/depthai-link.md`).
    private static let parts: [(key: String, range: Range<Int>)] = [
        ("calib_R1_L", 0..<9), ("calib_R2_R", 9..<18), ("calib_M1_L", 18..<27), ("calib_M2_R", 27..<36), ("calib_R", 36..<45),
        ("calib_T", 45..<48), ("calib_d1_L", 69..<83), ("calib_d2_R", 83..<97),
    ]

    /// Reads what a client wrote.
    /// - Returns: nil when it says that the EEPROM shall be empty.
    /// - Throws: `LinkRefusal` naming the key.
    package init?(written json: [UInt8]) throws(LinkRefusal) {
        guard let root = (try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any] else {
            throw LinkRefusal("eeprom", "must be a JSON object")
        }
        let board = try Self.object(root, "board")
        if board["clear-eeprom"] as? Bool == true { return nil }
        let stored = try Self.object(root, "_board")
        let fields = BoardFields(board)
        var report = try fields.report()
        if let numbers = try Self.numbers(stored, "calib_data", count: Self.fullCount) {
            report["version"] = 5
            for part in Self.parts { report[part.key] = Array(numbers[part.range]) }
            calibration = try Self.calibration(numbers, fields, "calib_data")
        } else if let numbers = try Self.numbers(stored, "_homography_right_to_left", count: Self.homographyCount) {
            report["version"] = 3
            report["calib"] = numbers
            calibration = try Self.calibration(numbers, fields, "_homography_right_to_left")
        } else {
            report["version"] = 3
            calibration = nil
        }
        self.report = report
    }

    private static func object(_ root: [String: Any], _ key: String) throws(LinkRefusal) -> [String: Any] {
        guard let value = root[key] else { return [:] }
        guard let object = value as? [String: Any] else { throw LinkRefusal("eeprom.\(key)", "must be a JSON object") }
        return object
    }

    private static func numbers(_ object: [String: Any], _ key: String, count: Int) throws(LinkRefusal) -> [Double]? {
        guard let value = object[key] else { return nil }
        guard let numbers = value as? [Double], numbers.count == count else {
            throw LinkRefusal("eeprom._board.\(key)", "must be \(count) numbers")
        }
        return numbers
    }

    /// Read as the file of the same numbers is.
    private static func calibration(_ numbers: [Double], _ fields: BoardFields, _ key: String) throws(LinkRefusal)
        -> StereoCalibration
    {
        var file = numbers.flatMap { number in withUnsafeBytes(of: Float(number).bitPattern.littleEndian) { Array($0) } }
        if fields.cropsCentre { file.append(1) }
        let options = CalibrationOptions(
            horizontalFieldOfViewDegrees: fields.monoFieldOfView, baselineMillimetres: fields.baselineMetres * 1000)
        do {
            return try CalibrationFile.read(file, name: "EEPROM", options: options)
        } catch {
            throw LinkRefusal("eeprom._board.\(key)", "\(error)")
        }
    }
}

/// The `board` part of what a client writes.
private struct BoardFields {
    private let board: [String: Any]

    init(_ board: [String: Any]) { self.board = board }

    var monoFieldOfView: Double { number("left_fov_deg") ?? 71.86 }
    var baselineMetres: Double { number("left_to_right_distance_m") ?? 0.075 }
    var cropsCentre: Bool { board["stereo_center_crop"] as? Bool ?? false }

    private func number(_ key: String) -> Double? { board[key] as? Double }

    /// As `config_d2h.eeprom` tells it, without calibration.
    /// - Throws: `LinkRefusal` for numbers that no board has.
    func report() throws(LinkRefusal) -> [String: Any] {
        let ranges = [
            ("left_fov_deg", 10.0...170), ("rgb_fov_deg", 10.0...170), ("left_to_right_distance_m", 0.0...10),
            ("left_to_rgb_distance_m", -10.0...10),
        ]
        for (key, range) in ranges {
            guard let value = board[key] else { continue }
            guard let number = value as? Double, range.contains(number) else {
                throw LinkRefusal("eeprom.board.\(key)", "must be a number from \(range.lowerBound) to \(range.upperBound)")
            }
        }
        return [
            "board_name": text("name"), "board_rev": text("revision"), "left_fov_deg": monoFieldOfView,
            "rgb_fov_deg": number("rgb_fov_deg") ?? 68.7938, "left_to_right_distance_m": baselineMetres,
            "left_to_rgb_distance_m": number("left_to_rgb_distance_m") ?? 0, "stereo_center_crop": cropsCentre,
            "swap_left_and_right_cameras": board["swap-left-and-right-cameras"] as? Bool ?? false,
        ]
    }

    private func text(_ key: String) -> String { String((board[key] as? String ?? "").prefix(64)) }
}
