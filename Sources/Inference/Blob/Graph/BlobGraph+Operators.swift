// SPDX-License-Identifier: Apache-2.0

/// Operators the lowering uses often. Those that would change nothing add nothing.
extension BlobGraph {
    func reshape(_ value: Value, _ shape: [Int]) -> Value {
        guard self.shape(value) != shape else { return value }
        return add("Reshape", [value, constant(shape)], shape: shape, kind: kind(value))
    }

    /// - Parameter order: which axis of the value comes first, second, …
    func transpose(_ value: Value, _ order: [Int]) -> Value {
        let shape = shape(value)
        let long = order.filter { shape[$0] > 1 }
        let result = order.map { shape[$0] }
        guard long != long.sorted() else { return reshape(value, result) }
        return add("Transpose", [value], ["perm": .ints(order)], shape: result, kind: kind(value))
    }

    /// A part of a value; one range and step per axis.
    func slice(_ value: Value, starts: [Int], counts: [Int], steps: [Int]) -> Value {
        let shape = shape(value)
        let cut = shape.indices.filter { starts[$0] != 0 || counts[$0] != shape[$0] || steps[$0] != 1 }
        guard !cut.isEmpty else { return value }
        if steps.allSatisfy({ $0 == 1 }) {
            if let source = window(value) {
                return slice(source.value, starts: zip(starts, source.starts).map(+), counts: counts, steps: steps)
            }
            if let part = sliceOfConcat(value, starts, counts) { return part }
        }
        let ends = cut.map { starts[$0] + (counts[$0] - 1) * steps[$0] + 1 }
        return add(
            "Slice", [value, constant(cut.map { starts[$0] }), constant(ends), constant(cut), constant(cut.map { steps[$0] })],
            shape: counts, kind: kind(value))
    }

    func slice(_ value: Value, axis: Int, _ range: Range<Int>) -> Value {
        var (starts, counts) = (shape(value).map { _ in 0 }, shape(value))
        (starts[axis], counts[axis]) = (range.lowerBound, range.count)
        return slice(value, starts: starts, counts: counts, steps: counts.map { _ in 1 })
    }

    /// What a value without gaps was sliced from, and where; nil when it was not.
    func window(_ value: Value) -> (value: Value, starts: [Int])? {
        guard let node = makers[value], node.op == "Slice", let source = node.inputs[0],
            let begin = integers(node.inputs[1]), let axes = integers(node.inputs[3]), let steps = integers(node.inputs[4]),
            steps.allSatisfy({ $0 == 1 })
        else { return nil }
        var starts = shape(value).map { _ in 0 }
        for (axis, start) in zip(axes, begin) { starts[axis] = start }
        return (source, starts)
    }

    private func integers(_ value: Value?) -> [Int]? {
        guard let value, case .int64s(let numbers)? = constants[value] else { return nil }
        return numbers.map(Int.init)
    }

    /// A slice that needs only some of the values side by side.
    private func sliceOfConcat(_ value: Value, _ starts: [Int], _ counts: [Int]) -> Value? {
        guard let node = makers[value], node.op == "Concat", case .int(let axis)? = node.attributes["axis"] else { return nil }
        let (low, high) = (starts[axis], starts[axis] + counts[axis])
        var (place, parts): (Int, [Value]) = (0, [])
        for part in node.inputs.compactMap({ $0 }) {
            let size = shape(part)[axis]
            let range = max(low, place) - place..<max(max(low, place), min(high, place + size)) - place
            if !range.isEmpty, range.upperBound <= size {
                var (from, wanted) = (starts, counts)
                (from[axis], wanted[axis]) = (range.lowerBound, range.count)
                parts.append(slice(part, starts: from, counts: wanted, steps: wanted.map { _ in 1 }))
            }
            place += size
        }
        return parts.count < node.inputs.count ? concat(parts, axis: axis) : nil
    }

    /// Values side by side. Tiles of one layer become that layer.
    func concat(_ values: [Value], axis: Int) -> Value {
        var parts: [Value] = []
        for value in values.flatMap({ pieces($0, axis: axis) }) {
            if let last = parts.last, let joined = join(last, value, axis: axis) {
                parts[parts.count - 1] = joined
            } else {
                parts.append(value)
            }
        }
        guard parts.count > 1 else { return parts[0] }
        var shape = shape(parts[0])
        shape[axis] = parts.reduce(0) { $0 + self.shape($1)[axis] }
        return add("Concat", parts.map { $0 }, ["axis": .int(axis)], shape: shape, kind: kind(parts[0]))
    }

    /// A value that is itself side by side along this axis, in its pieces.
    private func pieces(_ value: Value, axis: Int) -> [Value] {
        guard let node = makers[value], node.op == "Concat", node.attributes["axis"] == .int(axis) else { return [value] }
        return node.inputs.compactMap { $0 }
    }

    /// Two neighbours as one operator, or one slice, where they can be.
    private func join(_ first: Value, _ second: Value, axis: Int) -> Value? {
        if let a = window(first), let b = window(second), a.value == b.value,
            b.starts[axis] == a.starts[axis] + shape(first)[axis],
            shape(first).indices.allSatisfy({
                $0 == axis || (a.starts[$0] == b.starts[$0] && shape(first)[$0] == shape(second)[$0])
            })
        {
            var counts = shape(first)
            counts[axis] += shape(second)[axis]
            return slice(a.value, starts: a.starts, counts: counts, steps: counts.map { _ in 1 })
        }
        guard let a = BlobTile(first, self), let b = BlobTile(second, self), let whole = a.joined(b, axis: axis, self) else {
            return nil
        }
        return whole.value(self)
    }

    func cast(_ value: Value, to kind: Kind) -> Value {
        guard self.kind(value) != kind else { return value }
        return add("Cast", [value], ["to": .int(kind.onnxCode)], shape: shape(value), kind: kind)
    }

    func asFloat(_ value: Value) -> Value { cast(value, to: .float) }

    func expand(_ value: Value, _ shape: [Int]) -> Value {
        guard self.shape(value) != shape else { return value }
        return add("Expand", [value, constant(shape)], shape: shape, kind: kind(value))
    }

    /// An operator of one operand whose result has its shape.
    func map(_ op: String, _ value: Value, _ attributes: [String: Attribute] = [:]) -> Value {
        add(op, [value], attributes, shape: shape(value), kind: kind(value))
    }

    /// An operator of two operands of equal rank that broadcast.
    func combine(_ op: String, _ a: Value, _ b: Value, kind: Kind? = nil) -> Value {
        let (first, second) = (shape(a), shape(b))
        let rank = max(first.count, second.count)
        func size(_ shape: [Int], _ axis: Int) -> Int {
            let own = axis - (rank - shape.count)
            return own < 0 ? 1 : shape[own]
        }
        let result = (0..<rank).map { max(size(first, $0), size(second, $0)) }
        return add(op, [a, b], shape: result, kind: kind ?? self.kind(a))
    }

    func multiply(_ value: Value, _ factor: Float) -> Value {
        factor == 1 ? value : combine("Mul", value, scalar(factor))
    }

    func plus(_ value: Value, _ term: Float) -> Value {
        term == 0 ? value : combine("Add", value, scalar(term))
    }

    func clip(_ value: Value, _ low: Float, _ high: Float) -> Value {
        add("Clip", [value, scalar(low), scalar(high)], shape: shape(value))
    }

    /// value < 0 ? value · slope : value.
    func leakyRelu(_ value: Value, slope: Float) -> Value {
        slope == 0 ? map("Relu", value) : map("LeakyRelu", value, ["alpha": .float(slope)])
    }

    func zeros(_ shape: [Int], _ kind: Kind) -> Value {
        let one = [Int](repeating: 1, count: shape.count)
        return expand(cast(constant([Float(0)], shape: one), to: kind), shape)
    }

    func gather(_ value: Value, axis: Int, indices: [Int32], shape: [Int]) -> Value {
        let own = self.shape(value)
        let picked = constant(int32: indices, shape: shape)
        let result = Array(own[..<axis]) + shape + Array(own[(axis + 1)...])
        return add("Gather", [value, picked], ["axis": .int(axis)], shape: result, kind: kind(value))
    }
}

extension BlobGraph.Kind {
    /// `TensorProto.DataType`.
    var onnxCode: Int {
        switch self {
        case .float: 1
        case .uint8: 2
        case .int8: 3
        case .int32: 6
        case .int64: 7
        case .bool: 9
        }
    }

    /// What the graph computes with for an element of a blob.
    init(_ element: BlobElement) {
        switch element {
        case .float16, .float32: self = .float
        case .uint8: self = .uint8
        case .int8: self = .int8
        case .int32: self = .int32
        }
    }
}
