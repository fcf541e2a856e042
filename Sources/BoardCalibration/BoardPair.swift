// SPDX-License-Identifier: Apache-2.0

/// One board seen by both cameras at one moment.
public struct BoardPair: Sendable, Hashable {
    /// What the report calls it: a file, or "pair 3".
    public let name: String
    /// Corners as `BoardDetector` gives them, pixels.
    public let left: [SIMD2<Double>]
    /// The same corners in the right picture.
    public let right: [SIMD2<Double>]

    /// Larger than any picture; NaN and infinities are beyond it, too.
    private static let farthest = 1e5

    /// Brings the right corners into the left ones' order: a board that does not show its direction may have been read the
    /// other way round. The cameras stand side by side, so the board is turned the same way in both pictures.
    public init(name: String, left: [SIMD2<Double>], right: [SIMD2<Double>], pattern: BoardPattern)
        throws(BoardCalibrationError)
    {
        guard left.count == pattern.count, right.count == pattern.count else {
            throw .mixedPairs("\(name) has \(left.count) and \(right.count) corners, the board \(pattern.count)")
        }
        guard (left + right).allSatisfy({ abs($0.x) < BoardPair.farthest && abs($0.y) < BoardPair.farthest }) else {
            throw .mixedPairs("\(name) has corners outside every picture")
        }
        self.name = name
        self.left = left
        self.right =
            BoardPair.turns(of: right, pattern).max { BoardPair.agreement(left, $0) < BoardPair.agreement(left, $1) } ?? right
    }

    /// The ways a board of this shape can be read without being mirrored.
    private static func turns(of corners: [SIMD2<Double>], _ pattern: BoardPattern) -> [[SIMD2<Double>]] {
        let half = Array(corners.reversed())
        guard pattern.columns == pattern.rows else { return [corners, half] }
        let side = pattern.columns
        let quarter = corners.indices.map { corners[$0 % side * side + side - 1 - $0 / side] }
        return [corners, half, quarter, quarter.reversed()]
    }

    private static func agreement(_ a: [SIMD2<Double>], _ b: [SIMD2<Double>]) -> Double {
        let (middleA, middleB) = (a.reduce(.zero, +) / Double(a.count), b.reduce(.zero, +) / Double(b.count))
        return zip(a, b).reduce(0) { $0 + (($1.0 - middleA) * ($1.1 - middleB)).sum() }
    }
}
