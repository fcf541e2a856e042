// SPDX-License-Identifier: Apache-2.0

/// A chessboard, described by its inner corners: the points where four squares meet.
public struct BoardPattern: Sendable, Hashable {
    /// Inner corners along the first side, 3...40; one less than squares.
    public let columns: Int
    /// Inner corners along the second side, 3...40.
    public let rows: Int
    /// Side of one square, 1...1000 mm, as measured on the print.
    public let squareMillimetres: Double

    /// - Throws: `BoardCalibrationError.pattern` naming the value out of range.
    public init(columns: Int, rows: Int, squareMillimetres: Double) throws(BoardCalibrationError) {
        guard (3...40).contains(columns), (3...40).contains(rows) else {
            throw .pattern("\(columns)x\(rows) inner corners: count the points where four squares meet, 3 to 40 a side")
        }
        guard (1...1000).contains(squareMillimetres) else {
            throw .pattern("squares of \(squareMillimetres) mm: measure one side on the print, 1 to 1000 mm")
        }
        self.columns = columns
        self.rows = rows
        self.squareMillimetres = squareMillimetres
    }

    /// Inner corners in all.
    public var count: Int { columns * rows }

    /// Whether the board looks different when it is turned by 180°. It does when one side has an even and the other an
    /// odd number of corners: then a black and a white square lie in opposite corners of the board.
    public var showsItsDirection: Bool { (columns + rows) % 2 == 1 }

    /// The corners on the board's own plane (z = 0), row by row, in millimetres from the first one.
    public var points: [SIMD2<Double>] {
        (0..<count).map { SIMD2(Double($0 % columns), Double($0 / columns)) * squareMillimetres }
    }
}
