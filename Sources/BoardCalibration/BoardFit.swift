// SPDX-License-Identifier: Apache-2.0

/// Lays the named board on a grid of corners that was found.
struct BoardFit {
    private let pattern: BoardPattern
    private let places: [GridPlace: Int]
    private let candidates: [CornerCandidate]

    init(_ pattern: BoardPattern, _ places: [GridPlace: Int], _ candidates: [CornerCandidate]) {
        self.pattern = pattern
        self.places = places
        self.candidates = candidates
    }

    /// The corners row by row; corners that were missed inside the board are put where their neighbours say.
    func corners() throws(BoardCalibrationError) -> [SIMD2<Double>] {
        let columns = places.keys.map(\.column), rows = places.keys.map(\.row)
        guard let left = columns.min(), let right = columns.max(), let top = rows.min(), let bottom = rows.max(), places.count > 3
        else { throw .noBoard }
        let (width, height) = (right - left + 1, bottom - top + 1)
        var layouts: [[GridPlace]] = []
        for turned in pattern.columns == pattern.rows ? [false] : [false, true] {
            let (w, h) = turned ? (pattern.rows, pattern.columns) : (pattern.columns, pattern.rows)
            guard width >= w, height >= h else { continue }
            for dy in 0...height - h {
                for dx in 0...width - w {
                    let layout = layout(from: GridPlace(column: left + dx, row: top + dy), width: w, height: h, turned: turned)
                    let found = layout.count { places[$0] != nil }
                    // A missed corner or two can be told from their neighbours; more cannot.
                    if found >= pattern.count - max(1, pattern.count / 25), found >= places.count * 9 / 10 {
                        layouts.append(layout)
                    }
                }
            }
        }
        guard !layouts.isEmpty else {
            if width * height > pattern.count, places.count > pattern.count { throw larger(width, height) }
            let (columns, rows) = named(width, height)
            throw .partial(columns: columns, rows: rows, corners: places.count, of: pattern.count)
        }
        // Of overlapping layouts the fuller one; two equally full ones mean a larger board.
        let ranked = layouts.map { layout in (layout, layout.count { places[$0] != nil }) }.sorted { $0.1 > $1.1 }
        if ranked.count > 1, ranked[0].1 == ranked[1].1 { throw larger(width, height) }
        return try oriented(try filled(ranked[0].0))
    }

    private func larger(_ width: Int, _ height: Int) -> BoardCalibrationError {
        let (columns, rows) = named(width, height)
        return .larger(columns: columns, rows: rows)
    }

    /// The longer side first when the board is named so: how the search numbered the grid means nothing to people.
    private func named(_ width: Int, _ height: Int) -> (columns: Int, rows: Int) {
        (pattern.columns >= pattern.rows) == (width >= height) ? (width, height) : (height, width)
    }

    private func layout(from origin: GridPlace, width: Int, height: Int, turned: Bool) -> [GridPlace] {
        (0..<pattern.count).map { number in
            let (column, row) = (number % pattern.columns, number / pattern.columns)
            // Turned by 90°, so that the board is not mirrored.
            return turned
                ? origin + GridPlace(column: width - 1 - row, row: column) : origin + GridPlace(column: column, row: row)
        }
    }

    private func filled(_ layout: [GridPlace]) throws(BoardCalibrationError) -> [SIMD2<Double>] {
        var corners: [SIMD2<Double>] = []
        for place in layout {
            if let found = places[place] {
                corners.append(candidates[found].position)
            } else if let between = between(place) {
                corners.append(between)
            } else {
                throw .partial(
                    columns: pattern.columns, rows: pattern.rows, corners: places.count, of: pattern.count)
            }
        }
        return corners
    }

    /// Where a missed corner must be: in the middle between two opposite neighbours, or as far on as the last step went.
    private func between(_ place: GridPlace) -> SIMD2<Double>? {
        func position(_ place: GridPlace) -> SIMD2<Double>? { places[place].map { candidates[$0].position } }
        for direction in GridPlace.directions.prefix(2) {
            if let before = position(place - direction), let after = position(place + direction) { return (before + after) / 2 }
        }
        for direction in GridPlace.directions {
            if let near = position(place + direction), let far = position(place + direction + direction) { return 2 * near - far }
        }
        return nil
    }

    /// Brings the corners into an order that does not depend on where the search began: not mirrored, the first square
    /// dark when the board shows its direction, else the first row running to the right (or, upright, down).
    private func oriented(_ corners: [SIMD2<Double>]) throws(BoardCalibrationError) -> [SIMD2<Double>] {
        var corners = corners
        let (columns, rows) = (pattern.columns, pattern.rows)
        let across = corners[columns - 1] - corners[0], down = corners[(rows - 1) * columns] - corners[0]
        if across.x * down.y - across.y * down.x < 0 {
            // The lines of the seed decide which way round the grid was numbered: read each row backwards.
            corners = (0..<corners.count).map { corners[$0 / columns * columns + columns - 1 - $0 % columns] }
        }
        if turnsAround(corners) { corners.reverse() }
        return corners
    }

    private func turnsAround(_ corners: [SIMD2<Double>]) -> Bool {
        guard pattern.showsItsDirection,
            let candidate = candidates.min(by: { distance($0, corners[0]) < distance($1, corners[0]) })
        else {
            let across = corners[pattern.columns - 1] - corners[0]
            return across.x < -abs(across.y) || (abs(across.x) <= abs(across.y) && across.y < 0)
        }
        // The square outside the first corner lies opposite to the diagonal into the board; dark sectors lie along it or
        // square to it.
        let inward = corners[pattern.columns + 1] - corners[0]
        let length = (inward * inward).sum()
        let doubled = SIMD2(inward.x * inward.x - inward.y * inward.y, 2 * inward.x * inward.y) / max(length, 1e-9)
        return (candidate.darkness * doubled).sum() < 0
    }

    private func distance(_ candidate: CornerCandidate, _ point: SIMD2<Double>) -> Double {
        let way = candidate.position - point
        return (way * way).sum()
    }
}
