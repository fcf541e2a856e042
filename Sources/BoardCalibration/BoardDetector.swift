// SPDX-License-Identifier: Apache-2.0
public import Core

/// Finds the inner corners of a chessboard in a picture, to fractions of a pixel.
///
/// Works on the picture at its own size and smaller, because a large board is surer to be found small; the corners are
/// always measured on the full picture. The whole board has to be seen: half a board cannot say which half it is.
public struct BoardDetector: Sendable {
    public let pattern: BoardPattern

    /// Corners a board may be searched from, at each size.
    private static let mostSeeds = 24

    public init(_ pattern: BoardPattern) {
        self.pattern = pattern
    }

    /// The corners row by row, in pixels (0 = centre of the first pixel).
    ///
    /// The order is the same in every picture of a board that shows its direction; a board that does not may come turned by
    /// 180° (or 90°), see `BoardPattern.showsItsDirection`. It is never mirrored.
    /// - Parameter frame: `gray8`.
    /// - Throws: `BoardCalibrationError.picture`, `.noBoard`, `.partial` or `.larger`.
    public func corners(in frame: Frame) throws(BoardCalibrationError) -> [SIMD2<Double>] {
        let full = try GrayPlane(frame)
        var level = full
        var scale = 1.0
        var failure = BoardCalibrationError.noBoard
        // From the size at which most boards are seen best to the others.
        var levels: [(GrayPlane, Double)] = []
        while min(level.width, level.height) >= 100 || levels.isEmpty {
            levels.append((level, scale))
            level = level.halved
            scale *= 2
        }
        let first = levels.firstIndex { $0.0.width <= 900 } ?? 0
        for index in [first] + levels.indices.filter({ $0 != first }) {
            do {
                let grid = try grid(in: levels[index].0)
                return try refined(grid, scale: levels[index].1, in: full)
            } catch {
                failure = BoardDetector.moreTelling(failure, error)
            }
        }
        throw failure
    }

    /// Of two reasons the one that saw more.
    private static func moreTelling(_ first: BoardCalibrationError, _ second: BoardCalibrationError) -> BoardCalibrationError {
        func seen(_ error: BoardCalibrationError) -> Int {
            switch error {
            case .partial(_, _, let corners, _): corners
            case .larger(let columns, let rows): columns * rows
            default: 0
            }
        }
        return seen(second) > seen(first) ? second : first
    }

    /// The corners on one size of the picture, row by row.
    private func grid(in plane: GrayPlane) throws(BoardCalibrationError) -> [SIMD2<Double>] {
        let candidates = CornerFinder.candidates(in: plane)
        let index = NeighbourIndex(candidates, width: plane.width, height: plane.height)
        var tried: Set<Int> = []
        var failure = BoardCalibrationError.noBoard
        var seeds = 0
        for seed in candidates.indices where !tried.contains(seed) {
            guard seeds < BoardDetector.mostSeeds else { break }
            seeds += 1
            let grown = GridGrower(candidates, index: index, seed: seed).places
            // A corner of a grid that was looked at leads to the same grid again.
            if grown.count >= 4 { tried.formUnion(grown.values) }
            do {
                return try BoardFit(pattern, grown, candidates).corners()
            } catch {
                failure = BoardDetector.moreTelling(failure, error)
            }
        }
        throw failure
    }

    private func refined(_ grid: [SIMD2<Double>], scale: Double, in full: GrayPlane) throws(BoardCalibrationError)
        -> [SIMD2<Double>]
    {
        // The centre of a pixel of the smaller picture lies between pixels of the full one.
        let rough = grid.map { ($0 + 0.5) * scale - 0.5 }
        let spacing = BoardDetector.spacing(rough, columns: pattern.columns)
        // Slightly smoothed: between the pixels of a hard edge a bilinear value is far from the picture's.
        let smooth = full.smoothed
        var corners: [SIMD2<Double>] = []
        for (number, start) in rough.enumerated() {
            guard let corner = CornerRefiner(spacing: spacing[number]).refined(start, in: smooth) else {
                throw .partial(columns: pattern.columns, rows: pattern.rows, corners: corners.count, of: pattern.count)
            }
            corners.append(corner)
        }
        return corners
    }

    /// Distance of each corner to its nearest neighbour on the grid.
    static func spacing(_ corners: [SIMD2<Double>], columns: Int) -> [Double] {
        corners.indices.map { number in
            let neighbours = [
                number % columns > 0 ? number - 1 : nil, number % columns < columns - 1 ? number + 1 : nil,
                number >= columns ? number - columns : nil, number + columns < corners.count ? number + columns : nil,
            ]
            let distances = neighbours.compactMap { other -> Double? in
                guard let other else { return nil }
                let way = corners[other] - corners[number]
                return (way * way).sum().squareRoot()
            }
            return distances.min() ?? 0
        }
    }
}
