// SPDX-License-Identifier: Apache-2.0

extension BlobLowering {
    /// LSTM over `cells` steps: operands x, h, c, weights, biases, out h (all steps)[, last h][, last c].
    func recurrent(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let isForward = try parameters.flag()
        let (cells, batches) = (try parameters.signed(), try parameters.signed())
        guard cells >= 1, batches >= 1 else { throw BlobStageFault("\(cells) cells, \(batches) batches") }
        var outputs = cells > 1 ? 1 : 2
        if parameters.left >= 8 {
            _ = try parameters.signed()
            outputs = try parameters.signed()
        }
        let (x, hidden, state) = (
            graph.asFloat(try readStored(operand(stage, 0))), graph.asFloat(try readStored(operand(stage, 1))),
            graph.asFloat(try readStored(operand(stage, 2)))
        )
        let size = graph.description(state).count / batches
        let inputs = graph.description(x).count / (cells * batches)
        guard size >= 1, inputs >= 1, size * batches == graph.description(state).count,
            inputs * cells * batches == graph.description(x).count, graph.description(hidden).count == size * batches
        else { throw BlobStageFault("\(graph.shape(x)), \(graph.shape(state)) for \(cells) cells and \(batches) batches") }
        let stored = try constantFloats(operand(stage, 3))
        guard stored.count == 4 * size * (inputs + size) else { throw BlobStageFault("\(stored.count) weights") }
        var operands: [BlobGraph.Value?] = [
            graph.transpose(graph.reshape(x, [batches, cells, inputs]), [1, 0, 2]),
            graph.constant(reordered(Array(stored[..<(4 * size * inputs)]), gate: size * inputs), shape: [1, 4 * size, inputs]),
            graph.constant(reordered(Array(stored[(4 * size * inputs)...]), gate: size * size), shape: [1, 4 * size, size]), nil,
        ]
        if stage.buffers.count > 4, stage.buffers[4].isPresent {
            let biases = try constantFloats(stage.buffers[4])
            guard biases.count == 4 * size else { throw BlobStageFault("\(biases.count) biases") }
            // ONNX adds a second bias for the recurrence.
            operands[3] = graph.constant(
                reordered(biases, gate: size) + [Float](repeating: 0, count: 4 * size), shape: [1, 8 * size])
        }
        operands += [nil, graph.reshape(hidden, [1, batches, size]), graph.reshape(state, [1, batches, size])]
        let results = graph.add(
            "LSTM", operands,
            ["hidden_size": .int(size), "direction": .text(isForward ? "forward" : "reverse")],
            results: [
                .init(shape: [cells, 1, batches, size], kind: .float), .init(shape: [1, batches, size], kind: .float),
                .init(shape: [1, batches, size], kind: .float),
            ])
        let steps = graph.transpose(graph.reshape(results[0], [cells, batches, size]), [1, 0, 2])
        try writeFlat(steps, operand(stage, 5))
        if outputs == 2 { try writeFlat(results[2], operand(stage, 6)) }
        if outputs == 3 {
            try writeFlat(results[1], operand(stage, 6))
            try writeFlat(results[2], operand(stage, 7))
        }
    }

    /// Writes elements in the order of memory, whatever the operand's shape.
    func writeFlat(_ value: BlobGraph.Value, _ target: BlobBuffer) throws(BlobStageFault) {
        let sizes = try shape(target).dimensions
        guard graph.description(value).count == sizes.reduce(1, *) else {
            throw BlobStageFault("\(graph.shape(value)) to \(sizes)")
        }
        try write(graph.reshape(value, sizes), to: target, target.tensor.axes)
    }

    /// Gates f, i, c, o as ONNX wants them: i, o, f, c.
    private func reordered(_ weights: [Float], gate: Int) -> [Float] {
        [1, 3, 0, 2].flatMap { weights[$0 * gate..<($0 + 1) * gate] }
    }

    /// Darknet's region layer: per box x, y through a sigmoid, w, h as they are, objectness through a sigmoid, classes
    /// through softmax (version 2) or a sigmoid (version 3).
    func regionLayer(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        let (classes, coordinates) = (try parameters.signed(), try parameters.signed())
        let (anchors, mask) = (try parameters.signed(), try parameters.signed())
        let isSoft = try parameters.flag()
        let value = try readFloats(source, planarAxes)
        let shape = graph.shape(value)
        let boxes = isSoft ? anchors : mask
        let planes = coordinates + 1 + classes
        guard (1...64).contains(boxes), (2...64).contains(coordinates), (1...100_000).contains(classes),
            boxes * planes <= shape[1]
        else { throw BlobStageFault("\(boxes) boxes of \(coordinates) + 1 + \(classes) planes in \(shape)") }
        let used = graph.slice(value, axis: 1, 0..<boxes * planes)
        let grid = graph.reshape(used, [shape[0], boxes, planes, shape[2] * shape[3]])
        func part(_ range: Range<Int>) -> BlobGraph.Value { graph.slice(grid, axis: 2, range) }
        var parts = [graph.map("Sigmoid", part(0..<2))]
        if coordinates > 2 { parts.append(part(2..<coordinates)) }
        if isSoft {
            parts.append(graph.map("Sigmoid", part(coordinates..<coordinates + 1)))
            parts.append(graph.map("Softmax", part(coordinates + 1..<planes), ["axis": .int(2)]))
        } else {
            parts.append(graph.map("Sigmoid", part(coordinates..<planes)))
        }
        try writeFlat(graph.concat(parts, axis: 2), target)
    }
}
