// SPDX-License-Identifier: Apache-2.0

/// Who wrote what to the memories a blob's stages share, while the stages are gone through in order.
///
/// Stages reuse memory freely and read each other's results through views of any shape. Instead of guessing at lifetimes,
/// each write is kept with its place, and a read asks, byte by byte if it must, which writes it sees.
struct BlobMemory {
    fileprivate struct Write {
        var view: BlobView
        var value: BlobGraph.Value
    }

    private var writes: [BlobView.Space: [Write]] = [:]

    /// Notes that `value`, whose shape is the view's, is stored there.
    mutating func store(_ value: BlobGraph.Value, _ view: BlobView) {
        let hides = view.isContiguous
        writes[view.space, default: []].removeAll { old in
            (hides && old.view.start >= view.start && old.view.end <= view.end) || old.view.matches(view)
        }
        writes[view.space, default: []].append(Write(view: view, value: value))
    }

    /// What a view holds now, as a value of the view's shape.
    func load(_ view: BlobView, _ graph: BlobGraph) throws(BlobStageFault) -> BlobGraph.Value {
        let candidates = (writes[view.space] ?? []).filter { $0.view.start < view.end && $0.view.end > view.start }
        guard let newest = candidates.last else {
            return graph.zeros(view.dimensions, BlobGraph.Kind(view.element))
        }
        if newest.view.matches(view) { return graph.reshape(newest.value, view.dimensions) }
        if let part = newest.part(view) { return graph.select(part, of: newest.value) }
        return try seen(view, candidates, graph)
    }

    /// The slow way: marks the view's bytes, lets the writes claim them from the newest to the oldest, and looks for
    /// shapes in who owns what.
    private func seen(_ view: BlobView, _ candidates: [Write], _ graph: BlobGraph) throws(BlobStageFault) -> BlobGraph.Value {
        var owners = BlobOwners(view)
        for (number, write) in candidates.enumerated().reversed() {
            owners.claim(Int32(number), write.view)
            if owners.isComplete { break }
        }
        guard let map = owners.map() else {
            throw BlobStageFault("it reads memory that was written as another element type", isConsequence: true)
        }
        return BlobMosaic(map: map, values: candidates.map(\.value), element: view.element).value(graph)
    }
}

extension BlobMemory.Write {
    /// The view as a part of this write, when the write is contiguous in the order of its own axes and holds all of it.
    fileprivate func part(_ other: BlobView) -> BlobAffinePart? {
        let size = view.element.byteCount
        var dense = size
        for (stride, dimension) in zip(view.strides, view.dimensions).reversed() where dimension > 1 {
            guard stride == dense else { return nil }
            dense *= dimension
        }
        guard other.element == view.element, other.start >= view.start, other.end <= view.end,
            (other.start - view.start) % size == 0, other.strides.allSatisfy({ $0 % size == 0 })
        else { return nil }
        return BlobAffinePart(
            base: (other.start - view.start) / size, steps: other.strides.map { $0 / size }, dimensions: other.dimensions)
    }
}
