// SPDX-License-Identifier: Apache-2.0

extension BlobTensor.Shape {
    /// Whether the elements lie without gaps in the order of the axes.
    func isRowMajor(elementBytes: Int) -> Bool {
        var dense = elementBytes
        for (stride, dimension) in zip(strides, dimensions).reversed() where dimension > 1 {
            guard stride == dense else { return false }
            dense *= dimension
        }
        return true
    }
}

/// Elements in one of the memories a blob's stages share, in an order of axes the reader or writer likes.
struct BlobView: Hashable {
    /// Which memory.
    enum Space: Hashable {
        case input(Int)
        case output(Int)
        case shared
        case onChip
        case constants
    }

    var space: Space
    var element: BlobElement
    /// Bytes to the first element.
    var start: Int
    /// Bytes between neighbours on each axis.
    var strides: [Int]
    var dimensions: [Int]

    /// End of the last element.
    var end: Int {
        zip(dimensions, strides).reduce(start + element.byteCount) { $0 + ($1.0 - 1) * $1.1 }
    }

    var count: Int { dimensions.reduce(1, *) }

    /// Whether no two elements share a byte.
    var isInjective: Bool {
        var covered = element.byteCount
        for (stride, dimension) in longAxes.sorted(by: { $0 < $1 }) {
            guard stride >= covered else { return false }
            covered = stride * (dimension - 1) + covered
        }
        return true
    }

    var isContiguous: Bool { end - start == count * element.byteCount }

    /// Axes with more than one element: their strides and sizes.
    var longAxes: [(stride: Int, dimension: Int)] {
        zip(strides, dimensions).filter { $1 > 1 }.map { (stride: $0, dimension: $1) }
    }

    /// Whether both name the same elements in the same order, but for axes of one element.
    func matches(_ other: BlobView) -> Bool {
        space == other.space && start == other.start && element == other.element
            && longAxes.elementsEqual(other.longAxes, by: ==)
    }
}
