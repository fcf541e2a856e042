// SPDX-License-Identifier: Apache-2.0

/// Who wrote what to the memories a blob's stages share, while the stages are gone through in order.
///
/// Stages reuse memory freely and read each other's results through views of any shape. Instead of guessing at lifetimes,
/// each write is kept with its place, and a read asks, byte by byte if it must, which writes it sees.
struct BlobMemory {
    fileprivate struct Write {
        var view: BlobView
        var value: BlobGraph.Value
        /// Made of writes before it that are still in the list: it says nothing new, but says it in one.
        var isJoined = false
    }

    private var writes: [BlobView.Space: [Write]] = [:]

    /// Notes that `value`, whose shape is the view's, is stored there.
    mutating func store(_ value: BlobGraph.Value, _ view: BlobView, _ graph: BlobGraph) {
        var list = writes.removeValue(forKey: view.space) ?? []
        let hides = view.isContiguous
        list.removeAll { old in
            (hides && old.view.start >= view.start && old.view.end <= view.end) || old.view.matches(view)
                || (old.isJoined && old.view.mayOverlap(view))
        }
        list.append(Write(view: view, value: value))
        while let joined = Self.joined(list, graph) { list.append(joined) }
        writes[view.space] = list
    }

    /// The newest write together with a neighbour: tiles and channels that were stored one after the other. Only writes
    /// nothing newer touches count.
    private static func joined(_ list: [Write], _ graph: BlobGraph) -> Write? {
        guard let newest = list.last, newest.view.longAxes.count >= 2 else { return nil }
        for (index, old) in list.enumerated().dropLast().reversed() {
            guard let (axis, isBefore) = old.view.neighbourhood(of: newest.view) else { continue }
            let isTouched = list[(index + 1)...].contains { !$0.isJoined && $0.view.mayOverlap(old.view) }
            guard !isTouched else { continue }
            let (first, second) = isBefore ? (old, newest) : (newest, old)
            var view = first.view
            view.dimensions[axis] += second.view.dimensions[axis]
            guard view.isInjective, !list.contains(where: { $0.view == view && $0.isJoined }) else { continue }
            return Write(view: view, value: graph.concat([first.value, second.value], axis: axis), isJoined: true)
        }
        return nil
    }

    /// What a view holds now, as a value of the view's shape.
    func load(_ view: BlobView, _ graph: BlobGraph) throws(BlobStageFault) -> BlobGraph.Value {
        let candidates = (writes[view.space] ?? []).filter { $0.view.mayOverlap(view) }
        guard !candidates.isEmpty else { return graph.zeros(view.dimensions, BlobGraph.Kind(view.element)) }
        for write in candidates.reversed() {
            if write.view.matches(view) { return graph.reshape(write.value, view.dimensions) }
            if let part = write.view.part(view) { return graph.select(part, of: write.value) }
            guard write.isJoined else { break }
        }
        return try seen(view, candidates.filter { !$0.isJoined }, graph)
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
