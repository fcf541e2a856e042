// SPDX-License-Identifier: Apache-2.0

extension BlobView {
    /// `other` as a part of this view's value, when that can be said without looking at single elements.
    func part(_ other: BlobView) -> BlobAffinePart? { densePart(other) ?? box(other) }

    /// When this view is contiguous in the order of its own axes, any view inside it is regular.
    private func densePart(_ other: BlobView) -> BlobAffinePart? {
        let size = element.byteCount
        guard BlobTensor.Shape(dimensions: dimensions, strides: strides).isRowMajor(elementBytes: size),
            other.element == element, other.start >= start, other.end <= end, (other.start - start) % size == 0,
            other.strides.allSatisfy({ $0 % size == 0 })
        else { return nil }
        return BlobAffinePart(
            base: (other.start - start) / size, steps: other.strides.map { $0 / size }, dimensions: other.dimensions)
    }

    /// A box with the same strides.
    private func box(_ other: BlobView) -> BlobAffinePart? {
        guard other.element == element, other.start >= start, other.end <= end else { return nil }
        // Row-major distances in this view's value.
        var (pitches, pitch) = (dimensions, 1)
        for axis in pitches.indices.reversed() { (pitches[axis], pitch) = (pitch, pitch * dimensions[axis]) }
        // A repeated element has one place and many indices: which one is meant cannot be said.
        guard dimensions.indices.allSatisfy({ dimensions[$0] == 1 || strides[$0] > 0 }) else { return nil }
        let order = dimensions.indices.filter { dimensions[$0] > 1 }.sorted { strides[$0] > strides[$1] }
        var (rest, base) = (other.start - start, 0)
        var steps = other.dimensions.map { _ in 0 }
        var found = 0
        for axis in order {
            let index = rest / strides[axis]
            rest -= index * strides[axis]
            base += index * pitches[axis]
            let wanted = other.dimensions.indices.filter { other.dimensions[$0] > 1 && other.strides[$0] == strides[axis] }
            guard wanted.count <= 1, index + (wanted.first.map { other.dimensions[$0] } ?? 1) <= dimensions[axis] else {
                return nil
            }
            if let place = wanted.first { (steps[place], found) = (pitches[axis], found + 1) }
        }
        guard rest == 0, found == other.longAxes.count else { return nil }
        return BlobAffinePart(base: base, steps: steps, dimensions: other.dimensions)
    }

    /// False only when no element of one shares a byte with an element of the other.
    func mayOverlap(_ other: BlobView) -> Bool {
        guard space == other.space, start < other.end, other.start < end else { return false }
        guard dimensions.count == other.dimensions.count else { return true }
        var axes: [(stride: Int, own: Int, others: Int)] = []
        for axis in dimensions.indices where dimensions[axis] > 1 || other.dimensions[axis] > 1 {
            let isLong = (dimensions[axis] > 1, other.dimensions[axis] > 1)
            guard !(isLong.0 && isLong.1) || strides[axis] == other.strides[axis] else { return true }
            let stride = isLong.0 ? strides[axis] : other.strides[axis]
            // A repeated element reaches nothing that its first does not.
            guard stride > 0 else { continue }
            axes.append((stride, dimensions[axis], other.dimensions[axis]))
        }
        axes.sort { $0.stride > $1.stride }
        let size = max(element.byteCount, other.element.byteCount)
        // How far the axes further in reach forwards and backwards.
        var reach = [(forwards: 0, backwards: 0)]
        for axis in axes.reversed() {
            reach.append(
                (
                    reach[reach.count - 1].forwards + (axis.own - 1) * axis.stride,
                    reach[reach.count - 1].backwards + (axis.others - 1) * axis.stride
                ))
        }
        reach.reverse()
        // Is the distance of the starts a sum of steps that both boxes have? Many possible steps count as a yes.
        func reaches(_ distance: Int, _ depth: Int) -> Bool {
            guard depth < axes.count else { return abs(distance) < size }
            let (stride, own, others) = axes[depth]
            let inner = reach[depth + 1]
            let low = max(1 - others, Self.ratio(distance - inner.forwards - size, stride))
            let high = min(own - 1, Self.ratio(distance + inner.backwards + size, stride) + 1)
            guard low <= high else { return false }
            guard high - low < 8 else { return true }
            return (low...high).contains { reaches(distance - $0 * stride, depth + 1) }
        }
        return reaches(other.start - start, 0)
    }

    /// Rounded down.
    private static func ratio(_ value: Int, _ stride: Int) -> Int {
        value >= 0 ? value / stride : -((stride - 1 - value) / stride)
    }

    /// The axis along which the two lie side by side, and whether this one comes first.
    func neighbourhood(of other: BlobView) -> (axis: Int, isBefore: Bool)? {
        guard space == other.space, element == other.element, dimensions.count == other.dimensions.count else { return nil }
        let differing = dimensions.indices.filter { dimensions[$0] != other.dimensions[$0] }
        guard differing.count <= 1 else { return nil }
        for axis in differing.isEmpty ? Array(dimensions.indices) : differing {
            let sameStrides = dimensions.indices.allSatisfy { index in
                strides[index] == other.strides[index] || (dimensions[index] == 1 && other.dimensions[index] == 1)
            }
            guard sameStrides, strides[axis] > 0, other.strides[axis] > 0 else { continue }
            // The one that comes first says the distance: an axis of one element may have another stride in the second.
            if start + dimensions[axis] * strides[axis] == other.start { return (axis, true) }
            if other.start + other.dimensions[axis] * other.strides[axis] == start { return (axis, false) }
        }
        return nil
    }
}
