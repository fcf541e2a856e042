// SPDX-License-Identifier: Apache-2.0

/// A place on a grid of corners.
struct GridPlace: Hashable {
    var column: Int
    var row: Int

    static func + (left: GridPlace, right: GridPlace) -> GridPlace {
        GridPlace(column: left.column + right.column, row: left.row + right.row)
    }

    static func - (left: GridPlace, right: GridPlace) -> GridPlace {
        GridPlace(column: left.column - right.column, row: left.row - right.row)
    }

    static let directions = [
        GridPlace(column: 1, row: 0), GridPlace(column: 0, row: 1), GridPlace(column: -1, row: 0), GridPlace(column: 0, row: -1),
    ]
}

/// Joins corners that lie like those of a chessboard, from one corner outward.
///
/// A neighbour has to lie where the steps between the corners already joined lead, and its dark sectors crosswise to its
/// neighbour's; so clutter beside the board does not join, whatever the tilt and the lens.
struct GridGrower {
    private let candidates: [CornerCandidate]
    private let index: NeighbourIndex
    private(set) var places: [GridPlace: Int] = [:]
    private var used: Set<Int> = []
    /// Which way columns and rows run at each place: a corner's own lines, in its neighbour's order.
    private var axes: [GridPlace: (SIMD2<Double>, SIMD2<Double>)] = [:]

    /// How far from its predicted place a neighbour may lie, in steps.
    private static let tolerance = 0.3

    /// Grows a grid from candidate `seed`.
    init(_ candidates: [CornerCandidate], index: NeighbourIndex, seed: Int) {
        self.candidates = candidates
        self.index = index
        let origin = GridPlace(column: 0, row: 0)
        put(seed, at: origin, axes: candidates[seed].lines)
        var front = [origin]
        while let place = front.popLast() {
            for direction in GridPlace.directions where places[place + direction] == nil {
                guard let found = neighbour(of: place, direction), !used.contains(found) else { continue }
                put(found, at: place + direction, axes: axes[place] ?? candidates[found].lines)
                front.insert(place + direction, at: 0)
            }
        }
    }

    private mutating func put(_ candidate: Int, at place: GridPlace, axes near: (SIMD2<Double>, SIMD2<Double>)) {
        places[place] = candidate
        let lines = candidates[candidate].lines
        func along(_ direction: SIMD2<Double>) -> SIMD2<Double> {
            let (first, second) = ((lines.0 * direction).sum(), (lines.1 * direction).sum())
            return abs(first) > abs(second) ? lines.0 * (first < 0 ? -1 : 1) : lines.1 * (second < 0 ? -1 : 1)
        }
        axes[place] = (along(near.0), along(near.1))
        used.insert(candidate)
    }

    private func position(_ place: GridPlace) -> SIMD2<Double>? { places[place].map { candidates[$0].position } }

    private func neighbour(of place: GridPlace, _ direction: GridPlace) -> Int? {
        guard let own = places[place] else { return nil }
        let here = candidates[own]
        if let step = step(from: place, direction) {
            let length = (step * step).sum().squareRoot()
            return index.nearest(to: here.position + step, within: GridGrower.tolerance * length) { other in
                candidates[other].isOpposite(to: here) && !used.contains(other)
            }
        }
        return firstNeighbour(of: here, along: axes[place] ?? here.lines, direction)
    }

    /// The step in a direction, from the steps already known around a place: behind it, else beside it.
    private func step(from place: GridPlace, _ direction: GridPlace) -> SIMD2<Double>? {
        guard let here = position(place) else { return nil }
        let across = [
            GridPlace(column: direction.row, row: direction.column), GridPlace(column: -direction.row, row: -direction.column),
        ]
        let beside = across.compactMap { side -> SIMD2<Double>? in
            guard let from = position(place + side), let to = position(place + side + direction) else { return nil }
            return to - from
        }
        if !beside.isEmpty { return beside.reduce(.zero, +) / Double(beside.count) }
        return position(place - direction).map { here - $0 }
    }

    /// A neighbour of a corner whose surroundings are unknown: the nearest one along one of its two lines.
    private func firstNeighbour(
        of corner: CornerCandidate, along axes: (SIMD2<Double>, SIMD2<Double>), _ direction: GridPlace
    ) -> Int? {
        let line = direction.row == 0 ? axes.0 : axes.1
        let along = direction.row + direction.column > 0 ? line : -line
        return index.nearest(to: corner.position, within: .infinity) { other in
            let way = candidates[other].position - corner.position
            let length = (way * way).sum().squareRoot()
            guard length > CornerCandidate.ringRadius, (way * along).sum() > 0.94 * length else { return false }
            return candidates[other].isOpposite(to: corner) && candidates[other].hasLine(along: way / length)
        }
    }
}

/// Finds candidates near a point: cells of the picture with the candidates in them.
struct NeighbourIndex {
    private let positions: [SIMD2<Double>]
    private let columns: Int
    private let rows: Int
    private var cells: [[Int]]
    private static let cell = 16.0

    init(_ candidates: [CornerCandidate], width: Int, height: Int) {
        positions = candidates.map(\.position)
        columns = Int(Double(width) / NeighbourIndex.cell) + 1
        rows = Int(Double(height) / NeighbourIndex.cell) + 1
        cells = Array(repeating: [], count: columns * rows)
        for (number, position) in positions.enumerated() { cells[cell(of: position)].append(number) }
    }

    private func cell(of position: SIMD2<Double>) -> Int {
        let column = min(columns - 1, max(0, Int(position.x / NeighbourIndex.cell)))
        let row = min(rows - 1, max(0, Int(position.y / NeighbourIndex.cell)))
        return row * columns + column
    }

    /// The nearest candidate that `fits`, at most `reach` pixels away.
    func nearest(to point: SIMD2<Double>, within reach: Double, where fits: (Int) -> Bool) -> Int? {
        guard point.x.isFinite, point.y.isFinite else { return nil }
        let bound = 1e6
        let inside = pointwiseMin(pointwiseMax(point, SIMD2(repeating: -bound)), SIMD2(repeating: bound))
        let (column, row) = (
            Int((inside.x / NeighbourIndex.cell).rounded(.down)), Int((inside.y / NeighbourIndex.cell).rounded(.down))
        )
        var best: (candidate: Int, distance: Double)?
        // Rings of cells outward, until no nearer one can come.
        for ring in 0...max(columns, rows) {
            let nearestPossible = Double(max(0, ring - 1)) * NeighbourIndex.cell
            if nearestPossible > reach { break }
            if let best, best.distance < nearestPossible { break }
            forEachCell(of: ring, around: column, row) { cell in
                for candidate in cells[cell] {
                    let way = positions[candidate] - point
                    let distance = (way * way).sum().squareRoot()
                    guard distance <= reach, distance < best?.distance ?? .infinity, fits(candidate) else { continue }
                    best = (candidate, distance)
                }
            }
        }
        return best?.candidate
    }

    private func forEachCell(of ring: Int, around column: Int, _ row: Int, _ body: (Int) -> Void) {
        for y in row - ring...row + ring where (0..<rows).contains(y) {
            let isEdge = y == row - ring || y == row + ring
            for x in stride(from: column - ring, through: column + ring, by: isEdge || ring == 0 ? 1 : 2 * ring)
            where (0..<columns).contains(x) {
                body(y * columns + x)
            }
        }
    }
}
