// SPDX-License-Identifier: Apache-2.0

/// Chooses pairs out of a live picture, and says how to hold the board next.
///
/// A pair is good when the board stands still (both cameras see the same board even if they expose one after the other) and
/// stands otherwise than in every pair before. Pure: fed with corners, asked for words.
public struct PairCollector: Sendable {
    /// What became of the corners handed in.
    public enum Verdict: Sendable, Hashable {
        case taken
        /// The board moved since the corners before.
        case moving
        /// The board stands as in a pair that was taken.
        case seenBefore
    }

    public let pattern: BoardPattern
    /// How many pairs are wanted.
    public let wanted: Int
    public private(set) var pairs: [BoardPair] = []
    private let width: Double
    private let height: Double
    private var last: [SIMD2<Double>]?

    /// Mean way of a corner, as part of the picture's width: less is still, more is another view.
    private static let still = 0.0012
    private static let another = 0.06
    /// Ratio of opposite sides from which a board counts as tilted.
    private static let tilted = 1.06

    /// - Parameters:
    ///   - width: of the pictures, pixels.
    ///   - wanted: 4...200 pairs.
    public init(pattern: BoardPattern, width: Int, height: Int, wanted: Int) {
        self.pattern = pattern
        self.wanted = wanted
        self.width = Double(width)
        self.height = Double(height)
    }

    public var isComplete: Bool { pairs.count >= wanted }

    /// Takes the corners of one exposure; the pair is kept when it is good.
    /// - Throws: `BoardCalibrationError.mixedPairs` for a wrong number of corners.
    public mutating func offer(left: [SIMD2<Double>], right: [SIMD2<Double>]) throws(BoardCalibrationError) -> Verdict {
        let pair = try BoardPair(name: "pair \(pairs.count + 1)", left: left, right: right, pattern: pattern)
        defer { last = left }
        guard let last, distance(left, last) < PairCollector.still * width else { return .moving }
        guard pairs.allSatisfy({ distance(left, $0.left) > PairCollector.another * width }) else { return .seenBefore }
        pairs.append(pair)
        return .taken
    }

    /// No board was seen: what comes next has to stand still anew.
    public mutating func lose() { last = nil }

    private func distance(_ a: [SIMD2<Double>], _ b: [SIMD2<Double>]) -> Double {
        zip(a, b).reduce(0.0) { sum, points in
            let way = points.0 - points.1
            return sum + (way * way).sum().squareRoot()
        } / Double(max(1, a.count))
    }

    /// How to hold the board for the next pair.
    public var advice: String {
        guard !isComplete else { return "that is enough" }
        let place = emptiestPlace.map { "move the board to the \($0)" }
        let tilt = missingTilt.map { "tilt the board: \($0) towards the cameras" }
        let wishes = (pairs.count % 2 == 0 ? [place, tilt] : [tilt, place]).compactMap { $0 }
        return wishes.first ?? missingDistance ?? "turn the board a little and hold it still"
    }

    private static let places = [
        "upper left", "upper middle", "upper right", "left", "middle", "right", "lower left", "lower middle", "lower right",
    ]

    /// The ninth of the picture with fewest corners, when one has hardly any.
    private var emptiestPlace: String? {
        var counts = [Int](repeating: 0, count: 9)
        for corners in pairs.flatMap({ [$0.left, $0.right] }) {
            for corner in corners {
                let column = min(2, max(0, Int(corner.x / width * 3))), row = min(2, max(0, Int(corner.y / height * 3)))
                counts[row * 3 + column] += 1
            }
        }
        // Ten good corners measure a lens in that part.
        guard let least = counts.indices.min(by: { counts[$0] < counts[$1] }), counts[least] < 10 else { return nil }
        return PairCollector.places[least]
    }

    private var missingTilt: String? {
        var seen: Set<String> = []
        for pair in pairs { seen.formUnion(tilts(pair.left)) }
        return ["left side", "right side", "upper side", "lower side"].first { !seen.contains($0) }
    }

    /// Which sides of a board are nearer, told by their being longer.
    private func tilts(_ corners: [SIMD2<Double>]) -> [String] {
        let (columns, rows) = (pattern.columns, pattern.rows)
        let outline = [corners[0], corners[columns - 1], corners[columns * rows - 1], corners[columns * (rows - 1)]]
        func length(_ a: Int, _ b: Int) -> Double { ((outline[a] - outline[b]) * (outline[a] - outline[b])).sum().squareRoot() }
        let middle = outline.reduce(.zero, +) / 4
        var result: [String] = []
        for (side, opposite) in [((0, 1), (2, 3)), ((2, 3), (0, 1)), ((1, 2), (3, 0)), ((3, 0), (1, 2))] {
            guard length(side.0, side.1) > PairCollector.tilted * length(opposite.0, opposite.1) else { continue }
            let way = (outline[side.0] + outline[side.1]) / 2 - middle
            if abs(way.x) > abs(way.y) {
                result.append(way.x < 0 ? "left side" : "right side")
            } else {
                result.append(way.y < 0 ? "upper side" : "lower side")
            }
        }
        return result
    }

    private var missingDistance: String? {
        let shares = pairs.map { pair -> Double in
            let xs = pair.left.map(\.x), ys = pair.left.map(\.y)
            return ((xs.max() ?? 0) - (xs.min() ?? 0)) * ((ys.max() ?? 0) - (ys.min() ?? 0)) / (width * height)
        }
        if (shares.max() ?? 0) < 0.25 { return "move the board closer until it fills half of the picture" }
        if (shares.min() ?? 1) > 0.12 { return "move the board farther away" }
        return nil
    }
}
