// SPDX-License-Identifier: Apache-2.0

/// Stages that pick or place elements by numbers.
extension BlobLowering {
    func indexing(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        switch stage.type {
        case 133: try stridedSlice(stage, &parameters)
        case 100: try gather(stage, &parameters)
        case 103: try scatterUpdate(stage)
        case 126: try scatterElements(stage)
        case 136: try gatherND(stage, &parameters)
        case 139: try gatherElements(stage, &parameters)
        case 117: try oneHot(stage, &parameters)
        default: try reverseSequence(stage, &parameters)
        }
    }

    /// Numbers an operand holds, as 64-bit values.
    func indices(_ buffer: BlobBuffer) throws(BlobStageFault) -> BlobGraph.Value {
        graph.cast(try readStored(buffer), to: .int64)
    }

    private func stridedSlice(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 4))
        let (beginMask, endMask) = (try parameters.count(), try parameters.count())
        while parameters.left >= 4 {
            guard try parameters.count() == 0 else { throw BlobStageFault("masks that add or remove axes") }
        }
        let begin = try constantIntegers(operand(stage, 1))
        let end = try constantIntegers(operand(stage, 2))
        let steps = try constantIntegers(operand(stage, 3))
        // The three lists follow the axes in the order NCHW.
        let axes = source.tensor.logicalAxes
        let value = try read(source, axes)
        let shape = graph.shape(value)
        guard begin.count == end.count, begin.count == steps.count, begin.count <= shape.count else {
            throw BlobStageFault("\(begin.count) starts, \(end.count) ends and \(steps.count) steps for \(shape.count) axes")
        }
        var (starts, counts, strides) = (shape.map { _ in 0 }, shape, shape.map { _ in 1 })
        for axis in begin.indices {
            let (size, step) = (shape[axis], steps[axis])
            guard step > 0 else { throw BlobStageFault("step \(step)") }
            func place(_ index: Int) -> Int { min(max(index < 0 ? index + size : index, 0), size) }
            let low = beginMask >> axis & 1 == 1 ? place(begin[axis]) : 0
            let high = endMask >> axis & 1 == 1 ? place(end[axis]) : size
            guard low < high else { throw BlobStageFault("an empty range \(begin[axis])..<\(end[axis]) of \(size)") }
            (starts[axis], counts[axis], strides[axis]) = (low, (high - low + step - 1) / step, step)
        }
        let cut = graph.slice(value, starts: starts, counts: counts, steps: strides)
        let sizes = try self.shape(target).dimensions
        if sizes.count == shape.count, Set(target.tensor.axes) == Set(axes) { return try write(cut, to: target, axes) }
        let stored = graph.transpose(cut, source.tensor.axes.map { axes.firstIndex(of: $0) ?? 0 })
        guard counts.reduce(1, *) == sizes.reduce(1, *) else { throw BlobStageFault("\(counts) to \(sizes)") }
        try write(graph.reshape(stored, sizes), to: target, target.tensor.axes)
    }

    private func gather(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let target = try operand(stage, 1)
        let source = try readStored(operand(stage, 0))
        let shape = graph.shape(source)
        let axis = try self.axis(parameters.signed(), rank: shape.count)
        let picked = try indices(operand(stage, 2))
        let sizes = try self.shape(target).dimensions
        let result = Array(shape[..<axis]) + graph.shape(picked) + Array(shape[(axis + 1)...])
        guard result.reduce(1, *) == sizes.reduce(1, *) else { throw BlobStageFault("\(result) to \(sizes)") }
        let value = graph.add("Gather", [source, picked], ["axis": .int(axis)], shape: result, kind: graph.kind(source))
        try write(graph.reshape(value, sizes), to: target, target.tensor.axes)
    }

    /// Whole slices along one axis are replaced.
    private func scatterUpdate(_ stage: BlobStage) throws(BlobStageFault) {
        let (target, updates) = (try operand(stage, 1), try operand(stage, 3))
        let source = try readStored(operand(stage, 0))
        let shape = graph.shape(source)
        let axis = stage.buffers.count > 4 ? try scatterAxis(stage, shape.count) : 0
        let picked = try indices(operand(stage, 2))
        let count = graph.description(picked).count
        // Slices first: data with the axis in front, then ScatterND row by row.
        let order = [axis] + shape.indices.filter { $0 != axis }
        let rows = graph.transpose(source, order)
        let inner = order.dropFirst().map { shape[$0] }
        var update = try readStored(updates)
        guard graph.description(update).count == count * inner.reduce(1, *) else {
            throw BlobStageFault("updates of \(graph.shape(update)) for \(count) slices of \(inner)")
        }
        let before = Array(shape[..<axis]) + [count] + Array(shape[(axis + 1)...])
        update = graph.transpose(graph.reshape(update, before), order)
        let value = graph.add(
            "ScatterND", [rows, graph.reshape(picked, [count, 1]), update], shape: graph.shape(rows), kind: graph.kind(source))
        let back = shape.indices.map { order.firstIndex(of: $0) ?? 0 }
        try write(graph.transpose(value, back), to: target, target.tensor.axes)
    }

    private func scatterAxis(_ stage: BlobStage, _ rank: Int) throws(BlobStageFault) -> Int {
        let list = try constantIntegers(operand(stage, 4))
        guard list.count == 1, (-rank..<rank).contains(list[0]) else { throw BlobStageFault("axis \(list) of \(rank)") }
        return list[0] < 0 ? list[0] + rank : list[0]
    }

    private func scatterElements(_ stage: BlobStage) throws(BlobStageFault) {
        let (target, updates) = (try operand(stage, 1), try operand(stage, 3))
        let source = try readStored(operand(stage, 0))
        let shape = graph.shape(source)
        let axis = try scatterAxis(stage, shape.count)
        let (picked, update) = (try indices(operand(stage, 2)), try readStored(updates))
        guard graph.shape(picked) == graph.shape(update), graph.shape(picked).count == shape.count else {
            throw BlobStageFault("updates of \(graph.shape(update)) at \(graph.shape(picked)) places")
        }
        let value = graph.add(
            "ScatterElements", [source, picked, update], ["axis": .int(axis)], shape: shape, kind: graph.kind(source))
        try write(value, to: target, target.tensor.axes)
    }

    private func gatherND(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let target = try operand(stage, 1)
        let batch = try parameters.signed()
        let (source, picked) = (try readStored(operand(stage, 0)), try indices(operand(stage, 2)))
        let (shape, places) = (graph.shape(source), graph.shape(picked))
        guard batch >= 0, let depth = places.last, batch < places.count, batch + depth <= shape.count else {
            throw BlobStageFault("\(places) places in \(shape), \(batch) of them a batch")
        }
        let result = Array(places.dropLast()) + Array(shape[(batch + depth)...])
        let value = graph.add(
            "GatherND", [source, picked], ["batch_dims": .int(batch)], shape: result, kind: graph.kind(source))
        let sizes = try self.shape(target).dimensions
        guard result.reduce(1, *) == sizes.reduce(1, *) else { throw BlobStageFault("\(result) to \(sizes)") }
        try write(graph.reshape(value, sizes), to: target, target.tensor.axes)
    }

    private func gatherElements(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (place, mode) = (try parameters.signed(), try parameters.signed())
        guard mode == 0, stage.buffers.count == 3 else { throw BlobStageFault("row mode \(mode)") }
        let target = try operand(stage, 1)
        let (source, picked) = (try readStored(operand(stage, 0)), try indices(operand(stage, 2)))
        let shape = graph.shape(source)
        let axis = try self.axis(place, rank: shape.count)
        guard graph.shape(picked).count == shape.count else { throw BlobStageFault("\(graph.shape(picked)) places in \(shape)") }
        let value = graph.add(
            "GatherElements", [source, picked], ["axis": .int(axis)], shape: graph.shape(picked), kind: graph.kind(source))
        try write(value, to: target, target.tensor.axes)
    }

    /// Indices outside the range are taken for the nearest within.
    private func oneHot(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let target = try operand(stage, 1)
        let (place, depth) = (try parameters.signed(), try parameters.count())
        let (on, off) = (try parameters.float(), try parameters.float())
        let sizes = try shape(target).dimensions
        let axis = place >= 0 ? try self.axis(place, rank: sizes.count) : sizes.count - 1
        let source = graph.asFloat(try readStored(operand(stage, 0)))
        guard depth == sizes[axis], graph.shape(source) == sizes.indices.filter({ $0 != axis }).map({ sizes[$0] }) else {
            throw BlobStageFault("\(graph.shape(source)) with depth \(depth) for \(sizes)")
        }
        let clipped = graph.cast(graph.clip(source, 0, Float(depth - 1)), to: .int64)
        let value = graph.add(
            "OneHot", [clipped, graph.constant([depth], shape: []), graph.constant([off, on], shape: [2])],
            ["axis": .int(axis)], shape: sizes)
        try write(value, to: target, target.tensor.axes)
    }

    private func reverseSequence(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let target = try operand(stage, 2)
        let source = try readStored(operand(stage, 0))
        let shape = graph.shape(source)
        let time = try axis(parameters.signed(), rank: shape.count)
        let batch = try axis(parameters.signed(), rank: shape.count)
        guard time != batch else { throw BlobStageFault("time and batch are the same axis") }
        // ONNX knows the order time, batch and batch, time only.
        let order = [batch, time] + shape.indices.filter { $0 != time && $0 != batch }
        let lengths = graph.reshape(try indices(operand(stage, 1)), [shape[batch]])
        let moved = graph.transpose(source, order)
        let value = graph.add(
            "ReverseSequence", [moved, lengths], ["batch_axis": .int(0), "time_axis": .int(1)], shape: graph.shape(moved),
            kind: graph.kind(source))
        try write(
            graph.transpose(value, shape.indices.map { order.firstIndex(of: $0) ?? 0 }), to: target, target.tensor.axes)
    }
}
