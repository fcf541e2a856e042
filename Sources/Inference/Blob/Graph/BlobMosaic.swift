// SPDX-License-Identifier: Apache-2.0

/// Finds in a map of owners what it is made of: parts of values side by side. What shows no pattern is gathered element
/// by element, so the result is exact in any case.
struct BlobMosaic {
    let map: BlobOwnerMap
    /// By owner.
    let values: [BlobGraph.Value]
    let element: BlobElement

    /// A box of the map.
    private struct Box {
        var starts: [Int]
        var counts: [Int]

        var count: Int { counts.reduce(1, *) }
    }

    /// More parts than this are gathered at once.
    private static let mostParts = 256

    func value(_ graph: BlobGraph) -> BlobGraph.Value {
        let whole = Box(starts: map.dimensions.map { _ in 0 }, counts: map.dimensions)
        var budget = Self.mostParts
        return value(of: whole, graph, &budget) ?? gathered(graph)
    }

    /// Row-major distances of the map.
    private var pitches: [Int] {
        var (pitches, pitch) = (map.dimensions, 1)
        for axis in pitches.indices.reversed() { (pitches[axis], pitch) = (pitch, pitch * map.dimensions[axis]) }
        return pitches
    }

    private func value(of box: Box, _ graph: BlobGraph, _ budget: inout Int) -> BlobGraph.Value? {
        if let uniform = uniform(box, graph) { return uniform }
        guard let (axis, breaks) = bestBreaks(box), breaks.count < budget else { return nil }
        budget -= breaks.count
        var parts: [BlobGraph.Value] = []
        for (low, high) in zip([0] + breaks, breaks + [box.counts[axis]]) {
            var part = box
            part.starts[axis] += low
            part.counts[axis] = high - low
            guard let value = value(of: part, graph, &budget) else { return nil }
            parts.append(value)
        }
        return graph.concat(parts, axis: axis)
    }

    /// The box when it is one regular part of one value, or was never written.
    private func uniform(_ box: Box, _ graph: BlobGraph) -> BlobGraph.Value? {
        let pitches = pitches
        let first = zip(box.starts, pitches).reduce(0) { $0 + $1.0 * $1.1 }
        let (owner, base) = (map.owners[first], Int(map.positions[first]))
        let isEmpty = owner == BlobOwnerMap.nobody
        var steps = box.counts.map { _ in 0 }
        if !isEmpty {
            for axis in box.counts.indices where box.counts[axis] > 1 {
                steps[axis] = Int(map.positions[first + pitches[axis]]) - base
            }
        }
        let mapView = BlobView(space: .shared, element: .uint8, start: first, strides: pitches, dimensions: box.counts)
        let expected = BlobView(space: .shared, element: .uint8, start: base, strides: steps, dimensions: box.counts)
        var rows: [Int] = []
        expected.forEachRun { start, _, _, _ in rows.append(start) }
        var (isRegular, row) = (true, 0)
        mapView.forEachRun { start, stride, count, _ in
            guard isRegular else { return }
            var place = rows[row]
            for index in 0..<count {
                let cell = start + index * stride
                if map.owners[cell] != owner || (!isEmpty && Int(map.positions[cell]) != place) {
                    isRegular = false
                    return
                }
                place += steps.last ?? 0
            }
            row += 1
        }
        guard isRegular else { return nil }
        if isEmpty { return graph.zeros(box.counts, BlobGraph.Kind(element)) }
        let part = BlobAffinePart(base: base, steps: steps, dimensions: box.counts)
        return graph.select(part, of: values[Int(owner)])
    }

    /// The axis that can be cut into the fewest regular pieces, and where.
    private func bestBreaks(_ box: Box) -> (axis: Int, breaks: [Int])? {
        var best: (axis: Int, breaks: [Int])?
        for axis in box.counts.indices where box.counts[axis] > 1 {
            let breaks = breaks(box, axis)
            guard !breaks.isEmpty, breaks.count < (best?.breaks.count ?? .max) else { continue }
            best = (axis, breaks)
        }
        return best
    }

    /// Where a slice across `axis` does not go on as the two before it.
    private func breaks(_ box: Box, _ axis: Int) -> [Int] {
        let pitches = pitches
        let first = zip(box.starts, pitches).reduce(0) { $0 + $1.0 * $1.1 }
        var plane = box.counts
        plane[axis] = 1
        let view = BlobView(space: .shared, element: .uint8, start: first, strides: pitches, dimensions: plane)
        let pitch = pitches[axis]
        var isBreak = [Bool](repeating: false, count: box.counts[axis])
        view.forEachRun { start, stride, count, _ in
            for index in 0..<count {
                var cell = start + index * stride
                for slice in 1..<isBreak.count {
                    if map.owners[cell] != map.owners[cell + pitch] { isBreak[slice] = true }
                    cell += pitch
                }
            }
        }
        // Steps must be equal, too, except across a break.
        view.forEachRun { start, stride, count, _ in
            for index in 0..<count where isBreak.count > 2 {
                var cell = start + index * stride + pitch
                for slice in 2..<isBreak.count {
                    let (before, here, after) = (map.positions[cell - pitch], map.positions[cell], map.positions[cell + pitch])
                    if !isBreak[slice], !isBreak[slice - 1], map.owners[cell] != BlobOwnerMap.nobody,
                        here - before != after - here
                    {
                        isBreak[slice] = true
                    }
                    cell += pitch
                }
            }
        }
        return isBreak.indices.filter { isBreak[$0] }
    }

    /// Everything from one flat list of all owners.
    private func gathered(_ graph: BlobGraph) -> BlobGraph.Value {
        let kind = BlobGraph.Kind(element)
        let used = Set(map.owners).subtracting([BlobOwnerMap.nobody]).sorted()
        var (starts, total): ([Int32: Int], Int) = ([BlobOwnerMap.nobody: 0], 1)
        var flat = [graph.zeros([1], kind)]
        for owner in used {
            let value = values[Int(owner)]
            let count = graph.description(value).count
            starts[owner] = total
            total += count
            flat.append(graph.reshape(value, [count]))
        }
        let indices = zip(map.owners, map.positions).map { owner, position in
            Int32(truncatingIfNeeded: (starts[owner] ?? 0) + (owner == BlobOwnerMap.nobody ? 0 : Int(position)))
        }
        return graph.gather(graph.concat(flat, axis: 0), axis: 0, indices: indices, shape: map.dimensions)
    }
}
