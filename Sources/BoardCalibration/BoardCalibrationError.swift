// SPDX-License-Identifier: Apache-2.0

/// Why the calibration target cannot do what it is asked; each says what would help.
public enum BoardCalibrationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A board nobody can print or see.
    case pattern(String)
    /// A picture that cannot be searched.
    case picture(String)
    /// No corners that belong together were found.
    case noBoard
    /// Part of the board is outside the picture, covered or too blurred; the corners found per side.
    case partial(columns: Int, rows: Int, corners: Int, of: Int)
    /// More corners than the board has: the pattern is not the one that was named, or something repeats it.
    case larger(columns: Int, rows: Int)
    /// Too few pairs to solve for everything.
    case fewPairs(count: Int, least: Int)
    /// Pairs of different sizes, or of other corner counts than the board.
    case mixedPairs(String)
    /// The pairs do not determine the cameras.
    case undetermined(String)

    public var description: String {
        switch self {
        case .pattern(let reason): "not a valid board: \(reason)"
        case .picture(let reason): "the picture cannot be searched: \(reason)"
        case .noBoard: "no board found: show all of it, sharp, evenly lit, squares at least 10 pixels wide"
        case .partial(let columns, let rows, let corners, let all):
            "only part of the board is visible (\(columns)x\(rows), \(corners) of \(all) corners): show all of it with a white margin"
        case .larger(let columns, let rows):
            "the picture shows a board of \(columns)x\(rows) inner corners: name the board that you use"
        case .fewPairs(let count, let least):
            "\(count) good pairs are too few; at least \(least) are needed: add pairs, ten or more with the board tilted"
        case .mixedPairs(let reason): "the pairs do not match: \(reason)"
        case .undetermined(let reason): "the pairs do not determine the cameras: \(reason)"
        }
    }
}
