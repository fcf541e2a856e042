// SPDX-License-Identifier: Apache-2.0

extension BlobLowering {
    func reduction(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        switch stage.type {
        case 104: try top(stage, &parameters)
        case 74: try argumentOfMaximum(stage, &parameters)
        case 91: try product(stage, &parameters)
        default: try reduce(stage)
        }
    }

    private func reduce(_ stage: BlobStage) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        var value = try readFloats(source, source.tensor.axes)
        let rank = graph.shape(value).count
        var axes: [Int] = []
        for place in try constantIntegers(operand(stage, 2)) { axes.append(try axis(place, rank: rank)) }
        switch stage.type {
        case 105: value = graph.reduce("ReduceMin", value, axes: axes)
        case 112: value = graph.reduce("ReduceMax", value, axes: axes)
        case 113: value = graph.reduce("ReduceSum", value, axes: axes)
        case 114: value = graph.reduce("ReduceMean", value, axes: axes)
        default:
            // All true: the smallest truth value.
            let truth = graph.asFloat(graph.cast(value, to: .bool))
            value = graph.reduce("ReduceMin", truth, axes: axes)
        }
        let sizes = try shape(target).dimensions
        guard graph.description(value).count == sizes.reduce(1, *) else {
            throw BlobStageFault("\(graph.shape(value)) to \(sizes)")
        }
        try write(graph.reshape(value, sizes), to: target, target.tensor.axes)
    }

    /// The best so many along an axis. 2020.1 wrote fewer parameters and another order of operands.
    private func top(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let isOld = parameters.left < 20
        let (place, mode, sort) = (try parameters.signed(), try parameters.signed(), try parameters.signed())
        let (hasValues, hasIndices) = isOld ? (true, true) : (try parameters.flag(), try parameters.flag())
        let source = try operand(stage, 0)
        let counts = try constantIntegers(operand(stage, isOld ? 2 : 1))
        let value = try readFloats(source, source.tensor.axes)
        var shape = graph.shape(value)
        let axis = try self.axis(place, rank: shape.count)
        guard let count = counts.first, count >= 1, count <= shape[axis] else {
            throw BlobStageFault("the best \(counts) of \(shape)")
        }
        shape[axis] = count
        let results = graph.add(
            "TopK", [value, graph.constant([count])],
            ["axis": .int(axis), "largest": .int(mode == 0 ? 1 : 0), "sorted": .int(1)],
            results: [.init(shape: shape, kind: .float), .init(shape: shape, kind: .int64)])
        var (best, places) = (results[0], results[1])
        if sort == 2 {
            let ordered = graph.add(
                "TopK", [graph.cast(places, to: .float), graph.constant([count])],
                ["axis": .int(axis), "largest": .int(0), "sorted": .int(1)],
                results: [.init(shape: shape, kind: .float), .init(shape: shape, kind: .int64)])
            places = graph.cast(ordered[0], to: .int64)
            best = graph.add("GatherElements", [value, places], ["axis": .int(axis)], shape: shape)
        }
        if hasValues { try write(best, to: operand(stage, isOld ? 1 : 2), source.tensor.axes) }
        guard hasIndices else { return }
        let output = try operand(stage, isOld ? 3 : hasValues ? 3 : 2)
        let isInteger = output.tensor.element == .int32
        try write(graph.cast(places, to: isInteger ? .int32 : .float), to: output, source.tensor.axes)
    }

    /// The old form of TopK: one best index per row, of which only that case is known well enough.
    private func argumentOfMaximum(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (givesValues, count, place) = (try parameters.flag(), try parameters.signed(), try parameters.signed())
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        guard !givesValues, count == 1 else { throw BlobStageFault("more than the index of the largest element") }
        let value = try readFloats(source, source.tensor.axes)
        var shape = graph.shape(value)
        let axis = try self.axis(place, rank: shape.count)
        shape[axis] = 1
        let best = graph.add("ArgMax", [value], ["axis": .int(axis), "keepdims": .int(1)], shape: shape, kind: .int64)
        let sizes = try self.shape(target).dimensions
        guard shape.reduce(1, *) == sizes.reduce(1, *) else { throw BlobStageFault("\(shape) to \(sizes)") }
        try write(graph.reshape(graph.asFloat(best), sizes), to: target, target.tensor.axes)
    }

    /// alpha · A · B + beta · C over leading axes.
    private func product(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (alpha, beta) = (try parameters.float(), try parameters.float())
        let hasThird = try parameters.flag()
        let (transposesA, transposesB) = (try parameters.flag(), try parameters.flag())
        guard let target = stage.buffers.last, target.isPresent else { throw BlobStageFault("its output is absent") }
        func matrix(_ index: Int, _ isTransposed: Bool) throws(BlobStageFault) -> BlobGraph.Value {
            let value = graph.asFloat(try readStored(operand(stage, index)))
            let rank = graph.shape(value).count
            guard rank >= 2 else { throw BlobStageFault("an operand with \(rank) axes") }
            return isTransposed ? graph.transpose(value, Array(0..<rank - 2) + [rank - 1, rank - 2]) : value
        }
        let (a, b) = (try matrix(0, transposesA), try matrix(1, transposesB))
        let (first, second) = (graph.shape(a), graph.shape(b))
        let sizes = try shape(target).dimensions
        let outer = Array(sizes.dropLast(2))
        guard first.count == sizes.count, second.count == sizes.count, first.last == second[second.count - 2],
            sizes.suffix(2) == [first[first.count - 2], second[second.count - 1]],
            zip(first, outer).allSatisfy({ $0 == $1 || $0 == 1 }), zip(second, outer).allSatisfy({ $0 == $1 || $0 == 1 })
        else { throw BlobStageFault("\(first) times \(second) for \(sizes)") }
        let leading = zip(first, second).map { max($0, $1) }.dropLast(2)
        var value = graph.multiply(graph.add("MatMul", [a, b], shape: leading + Array(sizes.suffix(2))), alpha)
        if hasThird {
            let c = graph.multiply(graph.asFloat(try readStored(operand(stage, 2))), beta)
            guard graph.shape(c).count <= sizes.count,
                zip(graph.shape(c).reversed(), sizes.reversed()).allSatisfy({ $0 == $1 || $0 == 1 })
            else { throw BlobStageFault("\(graph.shape(c)) added to \(sizes)") }
            value = graph.combine("Add", value, c)
        }
        try write(graph.expand(value, sizes), to: target, target.tensor.axes)
    }
}
