// SPDX-License-Identifier: Apache-2.0

/// Why a calibration file was refused: which file, which field, what is wrong and what to do about it.
public enum CalibrationError: Error, CustomStringConvertible, Hashable {
    /// None of the known forms.
    case unknownForm(file: String, reason: String)
    /// The text cannot be read as YAML or JSON.
    case malformed(file: String, reason: String)
    /// A field that has to be there is not.
    case missing(file: String, field: String, remedy: String)
    /// A field holds something it cannot hold.
    case invalid(file: String, field: String, reason: String, remedy: String)

    public var description: String {
        switch self {
        case .unknownForm(let file, let reason):
            "\(file) is not a known calibration format (\(reason)): give a depthd calibration YAML, the JSON of a "
                + "device's EEPROM, an OpenCV stereo JSON, a gen1 board JSON or a gen1 .calib file"
        case .malformed(let file, let reason): "\(file) cannot be read: \(reason)"
        case .missing(let file, let field, let remedy): "\(file): \(field) is missing: \(remedy)"
        case .invalid(let file, let field, let reason, let remedy): "\(file): \(field) \(reason): \(remedy)"
        }
    }
}
