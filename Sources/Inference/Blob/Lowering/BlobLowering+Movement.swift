// SPDX-License-Identifier: Apache-2.0

/// Stages that only move elements.
extension BlobLowering {
    func movement(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        switch stage.type {
        case 5: return
        case 19: try copy(operand(stage, 0), to: operand(stage, 1))
        case 27: try crop(stage, &parameters)
        case 28: try tile(stage, &parameters)
        case 30: try reorganise(stage, &parameters)
        case 34: try permute(stage, &parameters)
        case 56:
            let source = try operand(stage, 0)
            try write(read(source, planarAxes), to: operand(stage, 1), planarAxes)
        case 71: try pad(stage, &parameters)
        case 73: try stuff(stage, &parameters)
        case 128: try concatenate(stage, &parameters)
        default: try broadcast(stage)
        }
    }

    /// Shapes may differ in axes of one element; if they differ in more, elements keep their order in memory.
    func copy(_ source: BlobBuffer, to target: BlobBuffer) throws(BlobStageFault) {
        let (from, to) = (try shape(source), try shape(target))
        guard from.count == to.count else { throw BlobStageFault("\(from.count) elements to \(to.count)") }
        if source.tensor.axes == target.tensor.axes, from.dimensions == to.dimensions {
            let axes = source.tensor.logicalAxes
            return try write(read(source, axes), to: target, axes)
        }
        try write(graph.reshape(readStored(source), to.dimensions), to: target, target.tensor.axes)
    }

    /// Output axis i, counted from the innermost, is input axis permutation[i].
    private func permute(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        var permutation: [Int] = []
        for _ in 0..<8 { permutation.append(try parameters.signed()) }
        let rank = source.tensor.axes.count
        guard rank <= 8, target.tensor.axes.count == rank, Set(permutation[..<rank]) == Set(0..<rank) else {
            throw BlobStageFault("a permutation \(permutation) of \(rank) axes")
        }
        // The value keeps its order; only the places it is stored at change.
        let axes = source.tensor.logicalAxes
        let value = try read(source, axes)
        let targetAxes = axes.map { axis in
            let place = rank - 1 - (source.tensor.axes.firstIndex(of: axis) ?? 0)
            return target.tensor.axes[rank - 1 - (permutation.firstIndex(of: place) ?? 0)]
        }
        guard try sizes(target, targetAxes) == graph.shape(value) else {
            throw BlobStageFault("shape \(graph.shape(value)) permuted to \(try sizes(target, targetAxes))")
        }
        try write(value, to: target, targetAxes)
    }

    private func crop(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        let (x, y, channel) = (try parameters.signed(), try parameters.signed(), try parameters.signed())
        var view = try view(source, planarAxes)
        let sizes = try sizes(target, planarAxes)
        for (axis, offset) in [(1, channel), (2, y), (3, x)] {
            guard offset >= 0, offset <= view.dimensions[axis] - sizes[axis] else {
                throw BlobStageFault("\(sizes) at (\(x), \(y), \(channel)) of \(view.dimensions)")
            }
            view.start += offset * view.strides[axis]
            view.dimensions[axis] = sizes[axis]
        }
        try write(load(view, from: source), to: target, planarAxes)
    }

    private func tile(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let target = try operand(stage, 1)
        let (place, count) = (try parameters.signed(), try parameters.signed())
        let sizes = try shape(target).dimensions
        let axis = try self.axis(place, rank: sizes.count)
        let source = try ranked(readStored(operand(stage, 0)), sizes.count)
        guard count >= 1, count <= sizes[axis], graph.shape(source)[axis] * count == sizes[axis] else {
            throw BlobStageFault("\(count) times \(graph.shape(source)) for \(sizes)")
        }
        let value = graph.concat([BlobGraph.Value](repeating: source, count: count), axis: axis)
        try write(value, to: target, target.tensor.axes)
    }

    /// A position counted from the innermost axis as one counted from the outermost.
    func axis(_ place: Int, rank: Int) throws(BlobStageFault) -> Int {
        guard (0..<rank).contains(place) else { throw BlobStageFault("axis \(place) of \(rank)") }
        return rank - 1 - place
    }

    /// The value with axes of one element in front.
    func ranked(_ value: BlobGraph.Value, _ rank: Int) throws(BlobStageFault) -> BlobGraph.Value {
        let shape = graph.shape(value)
        guard shape.count <= rank else { throw BlobStageFault("\(shape.count) axes where at most \(rank) are expected") }
        return graph.reshape(value, Array(repeating: 1, count: rank - shape.count) + shape)
    }

    private func pad(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        var pads: [(begin: Int, end: Int)] = []
        for _ in 0..<4 { pads.append((try parameters.count(), try parameters.count())) }
        let (number, mode) = (try parameters.float(), try parameters.count())
        let value = try readFloats(source, source.tensor.axes)
        let shape = graph.shape(value)
        let sizes = try self.shape(target).dimensions
        let ordered = shape.indices.map { axis in
            let place = shape.count - 1 - axis
            return place < 4 ? pads[place] : (begin: 0, end: 0)
        }
        guard zip(shape, ordered).map({ $0 + $1.begin + $1.end }) == sizes else {
            throw BlobStageFault("padding \(ordered) of \(shape) to \(sizes)")
        }
        if mode == 3 { return try write(mirrored(value, ordered), to: target, target.tensor.axes) }
        guard (0...2).contains(mode) else { throw BlobStageFault("padding mode \(mode)") }
        let padded = graph.add(
            "Pad", [value, graph.constant(ordered.map(\.begin) + ordered.map(\.end)), graph.scalar(number)],
            ["mode": .text(["constant", "edge", "reflect"][mode])], shape: sizes)
        try write(padded, to: target, target.tensor.axes)
    }

    /// Padding that repeats the edge: …cba|abc|cba…
    private func mirrored(_ value: BlobGraph.Value, _ pads: [(begin: Int, end: Int)]) throws(BlobStageFault) -> BlobGraph.Value {
        var value = value
        for (axis, pad) in pads.enumerated() where pad.begin + pad.end > 0 {
            let size = graph.shape(value)[axis]
            let indices = (-pad.begin..<size + pad.end).map { position in
                let folded = ((position % (2 * size)) + 2 * size) % (2 * size)
                return Int32(folded < size ? folded : 2 * size - 1 - folded)
            }
            value = graph.gather(value, axis: axis, indices: indices, shape: [indices.count])
        }
        return value
    }

    /// Zeros between the elements.
    private func stuff(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        let (factorX, factorY, factorZ) = (try parameters.signed(), try parameters.signed(), try parameters.signed())
        let (left, _) = (try parameters.signed(), try parameters.signed())
        let (top, _) = (try parameters.signed(), try parameters.signed())
        guard factorZ == 1, factorX >= 1, factorY >= 1 else {
            throw BlobStageFault("factors \(factorX), \(factorY), \(factorZ)")
        }
        let value = try readFloats(source, planarAxes)
        let (shape, sizes) = (graph.shape(value), try sizes(target, planarAxes))
        let right = sizes[3] - left - shape[3] * factorX
        let bottom = sizes[2] - top - shape[2] * factorY
        guard left >= 0, top >= 0, right > -factorX, bottom > -factorY, shape[..<2] == sizes[..<2] else {
            throw BlobStageFault("\(shape) spread to \(sizes)")
        }
        // Each element gets a cell of zeros behind it, then the margins are added or cut.
        let cells = graph.reshape(value, [shape[0] * shape[1], shape[2], 1, shape[3], 1])
        let spread = graph.add(
            "Pad", [cells, graph.constant([0, 0, 0, 0, 0, 0, 0, factorY - 1, 0, factorX - 1]), graph.scalar(0)],
            ["mode": .text("constant")], shape: [shape[0] * shape[1], shape[2], factorY, shape[3], factorX])
        let plane = graph.reshape(spread, [shape[0], shape[1], shape[2] * factorY, shape[3] * factorX])
        let padded = graph.add(
            "Pad", [plane, graph.constant([0, 0, top, left, 0, 0, bottom, right]), graph.scalar(0)],
            ["mode": .text("constant")], shape: sizes)
        try write(padded, to: target, planarAxes)
    }

    private func concatenate(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (place, count) = (try parameters.signed(), try parameters.count())
        guard count >= 1, stage.buffers.count == count + 1 else {
            throw BlobStageFault("\(stage.buffers.count) operands for \(count)")
        }
        let target = try operand(stage, count)
        var parts: [BlobGraph.Value] = []
        for index in 0..<count { parts.append(try readStored(operand(stage, index))) }
        let sizes = try shape(target).dimensions
        let axis = try self.axis(place, rank: sizes.count)
        let (own, kind) = (parts.map { graph.shape($0) }, graph.kind(parts[0]))
        guard own.allSatisfy({ $0.count == sizes.count }), parts.allSatisfy({ graph.kind($0) == kind }),
            own.reduce(0, { $0 + $1[axis] }) == sizes[axis],
            own.allSatisfy({ part in sizes.indices.allSatisfy { $0 == axis || part[$0] == sizes[$0] } })
        else { throw BlobStageFault("\(own) joined to \(sizes)") }
        try write(graph.concat(parts, axis: axis), to: target, target.tensor.axes)
    }

    private func broadcast(_ stage: BlobStage) throws(BlobStageFault) {
        guard let target = stage.buffers.last, target.isPresent else { throw BlobStageFault("its output is absent") }
        let sizes = try shape(target).dimensions
        let source = try ranked(readStored(operand(stage, 0)), sizes.count)
        guard zip(graph.shape(source), sizes).allSatisfy({ $0 == $1 || $0 == 1 }) else {
            throw BlobStageFault("\(graph.shape(source)) spread to \(sizes)")
        }
        try write(graph.expand(source, sizes), to: target, target.tensor.axes)
    }

    /// Darknet's "reorg" layer, which takes its input for one of another shape.
    private func reorganise(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        let step = try parameters.signed()
        let value = try read(source, planarAxes)
        let shape = graph.shape(value)
        let (channels, height, width) = (shape[1], shape[2], shape[3])
        guard step >= 1, step <= 64, channels % (step * step) == 0, height % step == 0, width % step == 0, shape[0] == 1 else {
            throw BlobStageFault("step \(step) for \(shape)")
        }
        // Element (offset, c, y, x) of the result, offset = (dy, dx), is (c, y·step + dy, x·step + dx) of the input taken
        // as [channels / step²][height·step][width·step].
        let inner = channels / (step * step)
        let cells = graph.reshape(value, [inner, height, step, width, step])
        let moved = graph.transpose(cells, [2, 4, 0, 1, 3])
        let sizes = try sizes(target, planarAxes)
        guard sizes == [1, channels * step * step, height / step, width / step] else {
            throw BlobStageFault("\(shape) to \(sizes)")
        }
        try write(graph.reshape(moved, sizes), to: target, planarAxes)
    }
}
