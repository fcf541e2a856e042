// SPDX-License-Identifier: Apache-2.0

/// Elements of a value at regular distances: element (i, j, …) is number base + i·steps[0] + j·steps[1] + … of the value's
/// elements in row-major order.
struct BlobAffinePart: Hashable {
    var base: Int
    var steps: [Int]
    var dimensions: [Int]

    /// The same elements in the same order, with axes made one where the next goes on at the end of the one before.
    var merged: BlobAffinePart {
        var merged = BlobAffinePart(base: base, steps: [], dimensions: [])
        for (step, dimension) in zip(steps, dimensions) where dimension > 1 {
            if let last = merged.steps.indices.last, merged.steps[last] == step * dimension {
                merged.steps[last] = step
                merged.dimensions[last] *= dimension
            } else {
                merged.steps.append(step)
                merged.dimensions.append(dimension)
            }
        }
        return merged
    }
}

extension BlobGraph {
    /// The part as a value: reshaped, sliced and transposed where that can express it, gathered where not.
    func select(_ part: BlobAffinePart, of value: Value) -> Value {
        // A part that runs over the ends of axes may still be a plain part of the flat value.
        let flat = [description(value).count]
        guard let plan = BlobSelectionPlan(part, of: shape(value)) ?? BlobSelectionPlan(part.merged, of: flat) else {
            return gatherEach(part, of: value)
        }
        let pieces = reshape(value, plan.pieces)
        let cut = slice(pieces, starts: plan.starts, counts: plan.counts, steps: plan.steps)
        return reshape(transpose(cut, plan.order), part.dimensions)
    }

    private func gatherEach(_ part: BlobAffinePart, of value: Value) -> Value {
        let view = BlobView(
            space: .shared, element: .uint8, start: part.base, strides: part.steps, dimensions: part.dimensions)
        var indices: [Int32] = []
        indices.reserveCapacity(view.count)
        view.forEachRun { start, stride, count, _ in
            for index in 0..<count { indices.append(Int32(truncatingIfNeeded: start + index * stride)) }
        }
        let flat = reshape(value, [description(value).count])
        return gather(flat, axis: 0, indices: indices, shape: part.dimensions)
    }
}

/// How to cut an affine part out of a value: split its axes into `pieces`, slice, and put them into `order`.
private struct BlobSelectionPlan {
    private(set) var pieces: [Int] = []
    private(set) var starts: [Int] = []
    private(set) var counts: [Int] = []
    private(set) var steps: [Int] = []
    /// The cut pieces in the order of the part's axes; several may make up one axis.
    private(set) var order: [Int] = []

    /// An axis of the part, or a factor of one, that is not matched yet.
    private struct Wanted {
        var step: Int
        var dimension: Int
        /// Axis of the part, and which factor of it (0 innermost).
        var axis: Int
        var factor: Int
    }

    private struct Piece {
        var size: Int
        var start: Int
        var count = 1
        var step = 1
        var axis = -1
        var factor = 0
    }

    init?(_ part: BlobAffinePart, of shape: [Int]) {
        var wanted = part.dimensions.indices.filter { part.dimensions[$0] > 1 }.map {
            Wanted(step: part.steps[$0], dimension: part.dimensions[$0], axis: $0, factor: 0)
        }
        guard wanted.allSatisfy({ $0.step > 0 }) else { return nil }
        // From the innermost axis of the value outwards; `pitch` is its step.
        var (found, pitch): ([Piece], Int) = ([], 1)
        for size in shape.reversed() {
            let start = part.base / pitch % size
            guard let pieces = Self.match(&wanted, size: size, pitch: pitch, start: start) else { return nil }
            found += pieces
            pitch *= size
        }
        guard wanted.isEmpty else { return nil }
        found.reverse()
        pieces = found.map(\.size)
        starts = found.map(\.start)
        counts = found.map(\.count)
        steps = found.map(\.step)
        let used = found.indices.filter { found[$0].axis >= 0 }.sorted {
            (found[$0].axis, -found[$0].factor) < (found[$1].axis, -found[$1].factor)
        }
        order = found.indices.filter { found[$0].axis < 0 } + used
    }

    /// Splits one axis of the value among the wanted axes that run along it; pieces innermost first.
    private static func match(_ wanted: inout [Wanted], size: Int, pitch: Int, start: Int) -> [Piece]? {
        let inside = wanted.indices.filter { wanted[$0].step >= pitch && wanted[$0].step < pitch * size }
            .sorted { wanted[$0].step < wanted[$1].step }
        guard !inside.isEmpty else { return [Piece(size: size, start: start)] }
        guard inside.allSatisfy({ wanted[$0].step % pitch == 0 }) else { return nil }
        let ratios = inside.map { wanted[$0].step / pitch }
        if let single = strided(wanted[inside[0]], ratio: ratios[0], alone: inside.count == 1, size: size, start: start) {
            wanted.remove(at: inside[0])
            return [single]
        }
        var (pieces, below): ([Piece], Int) = ([], 1)
        if ratios[0] > 1 {
            guard size % ratios[0] == 0 else { return nil }
            pieces.append(Piece(size: ratios[0], start: start % ratios[0]))
            below = ratios[0]
        }
        var spilled: [Wanted] = []
        for (place, index) in inside.enumerated() {
            let end = place + 1 < ratios.count ? ratios[place + 1] : size
            guard end % below == 0, size % end == 0 else { return nil }
            let room = end / below
            let first = start / below % room
            let axis = wanted[index]
            if first + axis.dimension <= room {
                pieces.append(
                    Piece(size: room, start: first, count: axis.dimension, axis: axis.axis, factor: axis.factor))
            } else if first == 0, axis.dimension % room == 0 {
                pieces.append(Piece(size: room, start: 0, count: room, axis: axis.axis, factor: axis.factor))
                spilled.append(
                    Wanted(
                        step: axis.step * room, dimension: axis.dimension / room, axis: axis.axis, factor: axis.factor + 1))
            } else {
                return nil
            }
            below = end
        }
        // What ran over the end of a piece goes on in the next one; inside this axis that place is taken.
        guard spilled.allSatisfy({ $0.step >= pitch * size }) else { return nil }
        for index in inside.sorted(by: >) { wanted.remove(at: index) }
        wanted += spilled
        return pieces
    }

    /// A single wanted axis that takes elements at a distance and cannot be had by splitting.
    private static func strided(_ axis: Wanted, ratio: Int, alone: Bool, size: Int, start: Int) -> Piece? {
        guard alone, ratio > 1, size % ratio != 0, start + (axis.dimension - 1) * ratio < size else { return nil }
        return Piece(
            size: size, start: start, count: axis.dimension, step: ratio, axis: axis.axis, factor: axis.factor)
    }
}
