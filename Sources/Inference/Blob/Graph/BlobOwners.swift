// SPDX-License-Identifier: Apache-2.0

/// For each element of a view: which write it comes from, and which element of that write it is.
struct BlobOwnerMap {
    static let nobody: Int32 = -1

    let dimensions: [Int]
    /// The write's number, or `nobody` for memory that was never written; row-major.
    let owners: [Int32]
    /// Row-major position in the write's value.
    let positions: [Int32]
}

/// The bytes between a view's first and last element while writes claim them.
struct BlobOwners {
    private static let unwanted: Int32 = -2
    private static let foreign: Int32 = -3

    private let view: BlobView
    /// Bytes per cell.
    private let unit: Int
    private var owners: [Int32]
    private var positions: [Int32]
    private var missing: Int

    init(_ view: BlobView) {
        self.view = view
        let size = view.element.byteCount
        unit = view.strides.allSatisfy { $0 % size == 0 } ? size : 1
        let cells = (view.end - view.start + unit - 1) / unit
        owners = Array(repeating: Self.unwanted, count: cells)
        positions = Array(repeating: 0, count: cells)
        missing = view.count
        let unit = unit
        owners.withUnsafeMutableBufferPointer { owners in
            view.forEachRun { start, stride, count, _ in
                for index in 0..<count { owners[(start - view.start + index * stride) / unit] = BlobOwnerMap.nobody }
            }
        }
    }

    var isComplete: Bool { missing == 0 }

    /// A write takes what nobody newer has taken.
    mutating func claim(_ number: Int32, _ write: BlobView) {
        let fits =
            write.element == view.element && (write.start - view.start) % unit == 0
            && write.strides.allSatisfy { $0 % unit == 0 }
        guard fits else { return claimForeign(write) }
        let (size, base, cells) = (unit, view.start, owners.count)
        var taken = 0
        owners.withUnsafeMutableBufferPointer { owners in
            positions.withUnsafeMutableBufferPointer { positions in
                write.forEachRun { start, stride, count, position in
                    let step = stride / size
                    var cell = (start - base) / size
                    guard cell < cells, cell + (count - 1) * step >= 0 else { return }
                    for index in position..<position + count {
                        if cell >= 0, cell < cells, owners[cell] == BlobOwnerMap.nobody {
                            owners[cell] = number
                            positions[cell] = Int32(truncatingIfNeeded: index)
                            taken += 1
                        }
                        cell += step
                    }
                }
            }
        }
        missing -= taken
    }

    /// A write of another element type: whatever it touches cannot be read here.
    private mutating func claimForeign(_ write: BlobView) {
        let size = write.element.byteCount
        for cell in owners.indices where owners[cell] == BlobOwnerMap.nobody {
            let (low, high) = (view.start + cell * unit, view.start + cell * unit + view.element.byteCount)
            guard low < write.end, high > write.start else { continue }
            if write.isContiguous || write.touches(low, high, size: size) {
                owners[cell] = Self.foreign
                missing -= 1
            }
        }
    }

    /// The result; nil when an element was last written as another type.
    func map() -> BlobOwnerMap? {
        var found: [Int32] = []
        var places: [Int32] = []
        found.reserveCapacity(view.count)
        places.reserveCapacity(view.count)
        var isClean = true
        view.forEachRun { start, stride, count, _ in
            for index in 0..<count {
                let cell = (start - view.start + index * stride) / unit
                if owners[cell] == Self.foreign { isClean = false }
                found.append(owners[cell])
                places.append(positions[cell])
            }
        }
        return isClean ? BlobOwnerMap(dimensions: view.dimensions, owners: found, positions: places) : nil
    }
}

extension BlobView {
    /// Calls `body` for each row along the last axis, in row-major order: first byte, bytes between elements, elements and
    /// row-major position of the first.
    func forEachRun(_ body: (_ start: Int, _ stride: Int, _ count: Int, _ position: Int) -> Void) {
        guard let last = dimensions.last else { return body(start, 0, 1, 0) }
        let outer = dimensions.count - 1
        var indices = [Int](repeating: 0, count: outer)
        var (place, position) = (start, 0)
        while true {
            body(place, strides[outer], last, position)
            position += last
            var axis = outer - 1
            while axis >= 0 {
                indices[axis] += 1
                place += strides[axis]
                if indices[axis] < dimensions[axis] { break }
                place -= strides[axis] * dimensions[axis]
                indices[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// Whether an element overlaps the bytes from `low` to `high`. The axes must not overlap each other.
    fileprivate func touches(_ low: Int, _ high: Int, size: Int) -> Bool {
        (low - size + 1..<high).contains { byte in
            var rest = byte - start
            guard rest >= 0 else { return false }
            for (stride, dimension) in longAxes.sorted(by: { $0 > $1 }) {
                let index = rest / stride
                guard index < dimension else { return false }
                rest -= index * stride
            }
            return rest == 0
        }
    }
}
