// SPDX-License-Identifier: Apache-2.0

/// Stages that compute each element for itself.
extension BlobLowering {
    /// Change of element type; u8 pictures become numbers here, and means and scales sometimes hide here.
    func conversion(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        let (scale, bias) = (try parameters.float(), try parameters.float())
        func converted(_ value: BlobGraph.Value) -> BlobGraph.Value {
            graph.plus(graph.multiply(graph.asFloat(value), scale), bias)
        }
        if Set(source.tensor.axes) == Set(target.tensor.axes) {
            let axes = source.tensor.logicalAxes
            return try write(converted(read(source, axes)), to: target, axes)
        }
        let (from, to) = (try shape(source), try shape(target))
        guard from.count == to.count else { throw BlobStageFault("\(from.count) elements to \(to.count)") }
        try write(graph.reshape(converted(readStored(source)), to.dimensions), to: target, target.tensor.axes)
    }

    /// Operations with one number per channel.
    func perChannel(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        let axes = source.tensor.logicalAxes
        var value = try readFloats(source, axes)
        switch stage.type {
        case 9: value = graph.combine("Add", value, try channelValues(stage, 2, axes))
        case 15: value = graph.combine("Mul", value, try channelValues(stage, 2, axes))
        case 10:
            let slopes = try channelValues(stage, 2, axes)
            value = graph.add("PRelu", [value, slopes], shape: graph.shape(value))
        case 47, 109:
            value = graph.combine("Mul", value, try channelValues(stage, 2, axes))
            value = graph.combine("Add", value, try channelValues(stage, 3, axes))
            if stage.type == 109 { value = graph.leakyRelu(value, slope: try parameters.float()) }
        default:
            let hasBias = try parameters.flag()
            let slope = try parameters.float()
            if hasBias { value = graph.combine("Add", value, try channelValues(stage, 2, axes)) }
            value = graph.leakyRelu(value, slope: slope)
        }
        try write(value, to: target, axes)
    }

    /// One number, one per channel, or one per element, shaped to combine with a value of these axes.
    private func channelValues(_ stage: BlobStage, _ index: Int, _ axes: [Int]) throws(BlobStageFault) -> BlobGraph.Value {
        let (source, buffer) = (try operand(stage, 0), try operand(stage, index))
        let sizes = try sizes(source, axes)
        let count = try shape(buffer).count
        let one = sizes.map { _ in 1 }
        if count == 1 { return graph.reshape(graph.asFloat(try readStored(buffer)), one) }
        if let channel = axes.firstIndex(of: BlobAxis.channel), count == sizes[channel] {
            var shape = one
            shape[channel] = count
            return graph.reshape(graph.asFloat(try readStored(buffer)), shape)
        }
        let full = graph.asFloat(try readStored(buffer))
        guard count == sizes.reduce(1, *) else { throw BlobStageFault("\(count) numbers for \(sizes)") }
        let stored = graph.reshape(full, try shape(source).dimensions)
        return graph.transpose(stored, axes.map { source.tensor.axes.firstIndex(of: $0) ?? 0 })
    }

    func unary(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (source, target) = (try operand(stage, 0), try operand(stage, 1))
        let axes = source.tensor.logicalAxes
        let value = try readFloats(source, axes)
        guard Set(target.tensor.axes) == Set(axes) else {
            // Only the names of axes of one element may differ.
            let stored = graph.transpose(value, source.tensor.axes.map { axes.firstIndex(of: $0) ?? 0 })
            return try write(
                graph.reshape(function(stage, stored, &parameters), try shape(target).dimensions), to: target, target.tensor.axes)
        }
        try write(function(stage, value, &parameters), to: target, axes)
    }

    private func function(_ stage: BlobStage, _ x: BlobGraph.Value, _ parameters: inout BlobParameters) throws(BlobStageFault)
        -> BlobGraph.Value
    {
        switch stage.type {
        case 20: return graph.map("Sigmoid", x)
        case 21: return graph.map("Tanh", x)
        case 23: return graph.map("Elu", x, ["alpha": .float(try parameters.float())])
        case 26: return power(x, bias: try parameters.float(), scale: try parameters.float(), power: try parameters.float())
        case 57: return graph.clip(x, try parameters.float(), try parameters.float())
        case 84: return graph.asFloat(graph.combine("Equal", x, graph.scalar(0), kind: .bool))
        case 92: return graph.map("Log", x)
        case 101: return graph.map("Exp", x)
        case 102: return graph.map("Floor", x)
        case 110: return graph.map("Erf", x)
        case 131: return graph.combine("Mul", x, graph.map("Tanh", graph.map("Softplus", x)))
        case 132:
            let half = graph.multiply(x, 0.5)
            return graph.combine("Mul", half, graph.plus(graph.map("Erf", graph.multiply(x, Float(0.5).squareRoot())), 1))
        case 134: return graph.map("Softplus", x)
        case 135: return graph.combine("Mul", x, graph.map("Sigmoid", graph.multiply(x, try parameters.float())))
        case 137: return graph.map("HardSwish", x)
        case 138: return graph.map("Ceil", x)
        case 140:
            guard try parameters.count() != 0 else { return graph.map("Round", x) }
            // Halves away from zero.
            let away = graph.map("Floor", graph.plus(graph.map("Abs", x), 0.5))
            return graph.combine("Mul", graph.map("Sign", x), away)
        default: return graph.map("Abs", x)
        }
    }

    /// (x·scale + bias)^power
    private func power(_ x: BlobGraph.Value, bias: Float, scale: Float, power: Float) -> BlobGraph.Value {
        let base = graph.plus(graph.multiply(x, scale), bias)
        switch power {
        case 1: return base
        case 2: return graph.combine("Mul", base, base)
        case 0.5: return graph.map("Sqrt", base)
        case -1: return graph.combine("Div", graph.scalar(1), base)
        default: return graph.combine("Pow", base, graph.scalar(power))
        }
    }

    /// Operations of two operands that spread over missing axes. The operands are in0, out, in1.
    func binary(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let target = try operand(stage, 1)
        let axes = target.tensor.logicalAxes
        let isInteger = stage.buffers.first?.tensor.element == .int32
        func number(_ parameters: inout BlobParameters) throws(BlobStageFault) -> Float {
            isInteger ? Float(try parameters.signed()) : try parameters.float()
        }
        let (first, second) = (try number(&parameters), try number(&parameters))
        let after = try parameters.signed()
        let (slope, low, high) = (try number(&parameters), try number(&parameters), try number(&parameters))
        let a = try readFloats(operand(stage, 0), axes)
        let b = try readFloats(operand(stage, 2), axes)
        var value = try combined(stage.type, a, b, first, second)
        switch after {
        case -1: break
        case 6, 44: value = graph.leakyRelu(value, slope: slope)
        case 57: value = graph.clip(value, low, high)
        default: throw BlobStageFault("operation \(after) after it")
        }
        let sizes = try sizes(target, axes)
        guard zip(graph.shape(value), sizes).allSatisfy({ $0 == $1 || $0 == 1 }) else {
            throw BlobStageFault("a result of \(graph.shape(value)) for \(sizes)")
        }
        try write(graph.expand(value, sizes), to: target, axes)
    }

    private func combined(_ type: Int, _ a: BlobGraph.Value, _ b: BlobGraph.Value, _ first: Float, _ second: Float)
        throws(BlobStageFault) -> BlobGraph.Value
    {
        func compared(_ op: String) -> BlobGraph.Value { graph.asFloat(graph.combine(op, a, b, kind: .bool)) }
        func isTrue(_ value: BlobGraph.Value) -> BlobGraph.Value { graph.cast(value, to: .bool) }
        func logical(_ op: String) -> BlobGraph.Value {
            graph.asFloat(graph.combine(op, isTrue(a), isTrue(b), kind: .bool))
        }
        switch type {
        case 12:
            if first == 1, second == -1 { return graph.combine("Sub", a, b) }
            return graph.combine("Add", graph.multiply(a, first), graph.multiply(b, second))
        case 13: return graph.combine("Mul", a, b)
        case 14: return graph.combine("Max", a, b)
        case 75: return graph.combine("Div", a, b)
        case 76: return graph.combine("Min", a, b)
        case 77:
            let difference = graph.combine("Sub", a, b)
            return graph.combine("Mul", difference, difference)
        case 78: return compared("Equal")
        case 79: return graph.asFloat(graph.map("Not", graph.combine("Equal", a, b, kind: .bool)))
        case 80: return compared("Greater")
        case 81: return compared("GreaterOrEqual")
        case 82: return compared("Less")
        case 83: return compared("LessOrEqual")
        case 85: return logical("And")
        case 86: return logical("Or")
        case 87: return logical("Xor")
        case 88: return graph.combine("Pow", a, b)
        case 89:
            let whole = graph.map("Floor", graph.combine("Div", a, b))
            return graph.combine("Sub", a, graph.combine("Mul", whole, b))
        default: throw BlobStageFault("this type of stage is not supported")
        }
    }

    /// in0 ≠ 0 ? in1 : in2; the operands are in0, out, in1, in2.
    func select(_ stage: BlobStage) throws(BlobStageFault) {
        let target = try operand(stage, 1)
        let axes = target.tensor.logicalAxes
        let condition = graph.cast(try read(operand(stage, 0), axes), to: .bool)
        let a = try readFloats(operand(stage, 2), axes)
        let b = try readFloats(operand(stage, 3), axes)
        let sizes = try sizes(target, axes)
        for shape in [condition, a, b].map({ graph.shape($0) })
        where !zip(shape, sizes).allSatisfy({ $0 == $1 || $0 == 1 }) {
            throw BlobStageFault("an operand of \(shape) for \(sizes)")
        }
        let result = sizes.indices.map { axis in [condition, a, b].map { graph.shape($0)[axis] }.max() ?? 1 }
        try write(graph.expand(graph.add("Where", [condition, a, b], shape: result), sizes), to: target, axes)
    }
}
