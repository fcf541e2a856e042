// SPDX-License-Identifier: Apache-2.0

extension BlobLowering {
    func normalisation(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        if stage.type == 3 {
            let place = try axis(parameters.signed(), rank: source.tensor.axes.count)
            let axes = source.tensor.logicalAxes
            let value = try readFloats(source, axes)
            let axis = axes.firstIndex(of: source.tensor.axes[place]) ?? 0
            let result = graph.map("Softmax", value, ["axis": .int(axis)])
            guard Set(target.tensor.axes) == Set(axes) else {
                let stored = graph.transpose(result, source.tensor.axes.map { axes.firstIndex(of: $0) ?? 0 })
                return try write(graph.reshape(stored, try shape(target).dimensions), to: target, target.tensor.axes)
            }
            return try write(result, to: target, axes)
        }
        let x = try readFloats(source, planarAxes)
        try write(normalised(stage, x, &parameters), to: target, planarAxes)
    }

    private func normalised(_ stage: BlobStage, _ x: BlobGraph.Value, _ parameters: inout BlobParameters) throws(BlobStageFault)
        -> BlobGraph.Value
    {
        switch stage.type {
        case 11, 18:
            let size = try parameters.count()
            let ((k, alpha), (beta, _)) = (try parameters.halves(), try parameters.halves())
            guard (1...1024).contains(size) else { throw BlobStageFault("a window of \(size)") }
            return try localResponse(x, size: size, k: k, alpha: alpha, beta: beta, acrossChannels: stage.type == 11)
        case 35:
            let (acrossSpatial, isShared) = (try parameters.flag(), try parameters.flag())
            let epsilon = try parameters.float()
            let scales = try constantFloats(operand(stage, 2))
            let channels = graph.shape(x)[1]
            guard scales.count >= (isShared ? 1 : channels) else { throw BlobStageFault("\(scales.count) scales") }
            let scale =
                isShared
                ? graph.constant([scales[0]], shape: [1, 1, 1, 1])
                : graph.constant(Array(scales[..<channels]), shape: [1, channels, 1, 1])
            return graph.combine("Mul", unit(x, axes: acrossSpatial ? [1, 2, 3] : [1], epsilon), scale)
        case 61: return unit(x, axes: [1], try parameters.float())
        default:
            let (normalisesVariance, acrossChannels) = (try parameters.flag(), try parameters.flag())
            let epsilon = try parameters.float()
            let axes = acrossChannels ? [1, 2, 3] : [2, 3]
            let centred = graph.combine("Sub", x, graph.reduce("ReduceMean", x, axes: axes))
            guard normalisesVariance else { return centred }
            let variance = graph.reduce("ReduceMean", graph.combine("Mul", centred, centred), axes: axes)
            return graph.combine("Div", centred, graph.plus(graph.map("Sqrt", variance), epsilon))
        }
    }

    /// x / √(Σx² + epsilon)
    private func unit(_ x: BlobGraph.Value, axes: [Int], _ epsilon: Float) -> BlobGraph.Value {
        let sum = graph.reduce("ReduceSum", graph.combine("Mul", x, x), axes: axes)
        return graph.combine("Div", x, graph.map("Sqrt", graph.plus(sum, epsilon)))
    }

    /// x / (k + alpha / size · Σx²)^beta over a window of channels, or of size² neighbours in the plane.
    private func localResponse(
        _ x: BlobGraph.Value, size: Int, k: Float, alpha: Float, beta: Float, acrossChannels: Bool
    ) throws(BlobStageFault) -> BlobGraph.Value {
        if acrossChannels {
            return graph.map(
                "LRN", x, ["size": .int(size), "alpha": .float(alpha), "beta": .float(beta), "bias": .float(k)])
        }
        let shape = graph.shape(x)
        let pool = BlobPool(
            isMaximum: false, kernelWidth: size, kernelHeight: size, strideX: 1, strideY: 1, left: size / 2, top: size / 2)
        // An average that counts the padding is the sum over size² already.
        let mean = try graph.pool(graph.combine("Mul", x, x), pool, width: shape[3], height: shape[2])
        let base = graph.plus(graph.multiply(mean, alpha), k)
        return graph.combine("Div", x, graph.combine("Pow", base, graph.scalar(beta)))
    }
}

extension BlobGraph {
    /// A reduction that keeps the axes as axes of one element.
    func reduce(_ op: String, _ value: Value, axes: [Int]) -> Value {
        var shape = shape(value)
        for axis in axes { shape[axis] = 1 }
        // Opset 17: sums take their axes as an operand, the others as an attribute.
        if op == "ReduceSum" { return add(op, [value, constant(axes)], ["keepdims": .int(1)], shape: shape, kind: kind(value)) }
        return add(op, [value], ["axes": .ints(axes), "keepdims": .int(1)], shape: shape, kind: kind(value))
    }
}
